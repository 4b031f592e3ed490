"""The list of customers and its export."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.customers import queries
from portal.customers.models import Customer
from portal.customers.routes.blueprint import blueprint
from portal.customers.rules import KIND_LABELS, STATES
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_phone, format_postal_code
from portal.shared.db import db
from portal.shared.lists import ListRequest, csv_response, read_all

SORTS = {"nome": Customer.search_text, "cadastro": Customer.created_at}
EXPORT_HEADER = (
    "Parceiro",
    "CNPJ ou CPF",
    "Razão social ou nome",
    "Nome fantasia",
    "E-mail",
    "Telefone",
    "CEP",
    "Rua ou avenida",
    "Número",
    "Complemento",
    "Bairro",
    "Cidade",
    "UF",
    "Cadastrado em",
)


@blueprint.get("/clientes")
@requires(Permission.SEE_CUSTOMERS)
def index() -> ResponseReturnValue:
    """The customers this person may see."""
    partners = _partner_choices()
    listing = _listing(partners)
    return htmx.render(
        "customers/index.html",
        listing=listing,
        page=queries.list_customers(db.session, actor(), listing),
        partners=partners,
        states=[(state, state) for state in STATES],
        kinds=KIND_LABELS,
    )


@blueprint.get("/clientes/exportar.csv")
@requires(Permission.SEE_CUSTOMERS)
def export() -> ResponseReturnValue:
    """The same list, whole, as CSV."""
    listing = _listing(_partner_choices())
    statement = listing.ordered(queries.customers_for(actor(), listing))
    return csv_response("clientes.csv", EXPORT_HEADER, map(_export_row, read_all(statement)))


def _partner_choices() -> list[tuple[str, str]]:
    if actor().role.of_partner:
        return []
    return [(str(row.id), row.trade_name) for row in queries.list_partners(db.session, actor())]


def _listing(partners: list[tuple[str, str]]) -> ListRequest:
    return ListRequest.from_args(
        request.args,
        sorts=SORTS,
        default="nome",
        filters={"tipo": KIND_LABELS, "uf": STATES, "parceiro": [value for value, _ in partners]},
    )


def _export_row(customer: Customer) -> tuple[str, ...]:
    return (
        customer.partner.trade_name,
        format_document(customer.document),
        customer.name,
        customer.trade_name,
        customer.email,
        format_phone(customer.phone),
        format_postal_code(customer.postal_code),
        customer.street,
        customer.street_number,
        customer.complement,
        customer.district,
        customer.city,
        customer.state,
        format_date(clock.day_of(customer.created_at)),
    )
