"""Notas fiscais: those of one customer, as a tab of the customer's record."""

from flask import Response, request

from portal.customers.queries import reading as customers
from portal.customers.rules import missing_parts
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.tax_notes.queries.reading import NOTE_LIST, list_of_customer
from portal.tax_notes.routes.blueprint import blueprint
from portal.tax_notes.rules.states import NoteState


@blueprint.get("/clientes/<int:customer_id>/notas-fiscais")
@requires(Permission.SEE_TAX_NOTES)
def of_customer(customer_id: int) -> Response:
    """The customer's notes, the newest first."""
    customer = customers.get_customer(db.session, customer_id, actor=actor())
    listing = NOTE_LIST.read(request.args)
    return htmx.render(
        "tax_notes/of_customer.html",
        customer=customer,
        situation=customers.situation_of(db.session, actor(), customer, now=clock.now()),
        missing=missing_parts(customers.details_of(customer)),
        listing=listing,
        page=list_of_customer(db.session, customer.id, listing, actor=actor()),
        states=NoteState.choices(),
    )
