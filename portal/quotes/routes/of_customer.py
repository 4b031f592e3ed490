"""Contratações: the quotes of one customer, as a tab of the customer's record."""

from flask import Response

from portal.customers.queries import reading as customers
from portal.customers.rules import missing_parts
from portal.quotes.queries.contracting import contract_entries
from portal.quotes.queries.listing import list_quotes_of_customer
from portal.quotes.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db


@blueprint.get("/clientes/<int:customer_id>/contratacoes")
@requires(Permission.SEE_QUOTES)
def of_customer(customer_id: int) -> Response:
    """The customer's contracts, with what each lacks, and its newest quotes."""
    customer = customers.get_customer(db.session, customer_id, actor=actor())
    return htmx.render(
        "quotes/of_customer.html",
        customer=customer,
        situation=customers.situation_of(db.session, actor(), customer, now=clock.now()),
        missing=missing_parts(customers.details_of(customer)),
        entries=list_quotes_of_customer(db.session, customer.id, actor=actor()),
        contracts=contract_entries(db.session, customer.id, actor=actor()),
    )
