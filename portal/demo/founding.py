"""The company before its first day: price lists, people, partners and their customers."""

import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

from portal.catalog.operations import import_price_list
from portal.customers.models import Customer
from portal.customers.operations import register_customer
from portal.customers.rules import ContactDetails, CustomerDetails, SignatoryDetails
from portal.demo.companies import DemoCompany, make_companies
from portal.demo.people import load_people
from portal.demo.quotes import Cast
from portal.partners.models import Partner
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of

CATALOG = Path(__file__).resolve().parent.parent / "catalog" / "demo" / "catalog.toml"
PRICES = 'monthly = "89.90", semiannual = "80.90", annual = "71.90"'
OLD_PRICES = 'monthly = "84.90", semiannual = "76.90", annual = "68.90"'


def found_company(
    session: Session, random: Random, *, start: datetime, customers: int
) -> tuple[Cast, dict[str, Actor]]:
    """Price lists, people, partners and so many customers, all there from `start`; people by their key."""
    _load_price_lists(session, start=start)
    partners, people = load_people(session, now=start)
    cast = Cast(
        customers=_load_customers(
            session, random, list(partners.values()), people, start=start, count=customers
        ),
        sellers={
            partner.id: [each for each in people.values() if each.partner_id == partner.id]
            for partner in partners.values()
        },
        managers={
            partner.id: next(each for each in people.values() if each.user_id == partner.account_manager_id)
            for partner in partners.values()
        },
    )
    return cast, people


def _load_price_lists(session: Session, *, start: datetime) -> None:
    """The demonstration list and, if it began within the year, an older one before it."""
    content = CATALOG.read_text(encoding="utf-8")
    first_day = day_of(start).replace(day=1)
    if first_day < tomllib.loads(content)["price_list"]["valid_from"]:
        older = re.sub(r"(?m)^code = .*$", f'code = "demo-{first_day:%Y-%m}"', content, count=1)
        older = re.sub(
            r"(?m)^name = .*$", f'name = "Tabela {first_day:%m/%Y} (demonstração)"', older, count=1
        )
        older = re.sub(r"(?m)^valid_from = .*$", f"valid_from = {first_day.isoformat()}", older, count=1)
        older = older.replace(PRICES, OLD_PRICES, 1)
        import_price_list(session, content=older, actor=None, now=start, today=first_day)
    import_price_list(session, content=content, actor=None, now=start, today=first_day)


def _load_customers(
    session: Session,
    random: Random,
    partners: list[Partner],
    people: dict[str, Actor],
    *,
    start: datetime,
    count: int,
) -> dict[int, list[Customer]]:
    customers: dict[int, list[Customer]] = {partner.id: [] for partner in partners}
    for index, company in enumerate(make_companies(random, count)):
        partner = partners[index % len(partners)]
        seller = next(
            each for each in people.values() if each.partner_id == partner.id and each.role is Role.SELLER
        )
        at = start + timedelta(minutes=index)
        customer = register_customer(
            session, partner_id=partner.id, details=_details(company), actor=seller, now=at
        )
        customers[partner.id].append(customer)
    return customers


def _details(company: DemoCompany) -> CustomerDetails:
    return CustomerDetails(
        document=company.document,
        name=company.name,
        trade_name=company.trade_name,
        email=company.email,
        phone=company.phone,
        postal_code=company.postal_code,
        street=company.street,
        street_number=company.street_number,
        district=company.district,
        city=company.city,
        state=company.state,
        contacts=(ContactDetails(name=company.person, position="Responsável", email=company.person_email),),
        signatory=SignatoryDetails(
            name=company.person,
            cpf=company.person_cpf,
            email=company.person_email,
            phone=company.person_phone,
        ),
    )
