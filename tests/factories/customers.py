"""Customers for tests, registered as people would."""

from datetime import UTC, datetime
from itertools import count

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.customers.operations import register_customer
from portal.customers.rules import ContactDetails, CustomerDetails, SignatoryDetails
from portal.shared.auth import Actor
from tests.factories.partners import a_cnpj

ALPHANUMERIC_CNPJ = "12ABC34501DE35"  # the example of the Receita Federal
MARIA_CPF = "52998224725"
REGISTERED_AT = datetime(2026, 6, 10, 15, 0, tzinfo=UTC)
_numbers = count(70_000_000)


def customer_details(**changes: object) -> CustomerDetails:
    """A bakery with everything a contract needs."""
    values: dict[str, object] = {
        "document": a_cnpj(next(_numbers)),
        "name": "Padaria Pão Quente Ltda",
        "trade_name": "Pão Quente",
        "email": "contato@paoquente.com.br",
        "phone": "4734331234",
        "postal_code": "89201123",
        "street": "Rua das Palmeiras",
        "street_number": "120",
        "district": "Centro",
        "city": "Joinville",
        "state": "SC",
        "contacts": (ContactDetails(name="João Alves", position="Gerente", phone="47999991234"),),
        "signatory": SignatoryDetails(name="Maria da Silva", cpf=MARIA_CPF, email="maria@paoquente.com.br"),
    }
    return CustomerDetails(**values | changes)  # type: ignore[arg-type]


def make_customer(
    session: Session,
    *,
    partner_id: int,
    actor: Actor | None = None,
    now: datetime = REGISTERED_AT,
    **changes: object,
) -> Customer:
    """A registered customer of a partner; `changes` are fields of `CustomerDetails`."""
    return register_customer(
        session, partner_id=partner_id, details=customer_details(**changes), actor=actor, now=now
    )
