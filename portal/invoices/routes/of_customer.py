"""Faturas: the invoices of one customer, as a tab of the customer's record."""

from flask import Response, request

from portal.customers.queries import reading as customers
from portal.customers.rules import missing_parts
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.reading import INVOICE_LIST, list_of_customer
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.rules.states import InvoiceState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db


@blueprint.get("/clientes/<int:customer_id>/faturas")
@requires(Permission.SEE_INVOICES)
def of_customer(customer_id: int) -> Response:
    """The customer's invoices, the latest due first, and the credit it has left."""
    customer = customers.get_customer(db.session, customer_id, actor=actor())
    listing = INVOICE_LIST.read(request.args)
    page, left = list_of_customer(db.session, customer, listing, actor=actor())
    return htmx.render(
        "invoices/of_customer.html",
        customer=customer,
        situation=customers.situation_of(db.session, actor(), customer, now=clock.now()),
        missing=missing_parts(customers.details_of(customer)),
        listing=listing,
        page=page,
        credits=left,
        states=InvoiceState.choices(),
        today=clock.today(),
        payable_until=payable_days(db.session),
    )
