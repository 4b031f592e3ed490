"""Ver como cliente: the vendor's people see a customer's first page as it does, and change nothing."""

from flask import Response

from portal.customers.queries.reading import get_customer
from portal.invoices.queries.credit import list_credit
from portal.shared import audit, clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.htmx import render
from portal.subscribers.pages.home import home_page
from portal.subscribers.queries.people import company_of
from portal.subscribers.routes.blueprint import blueprint


@blueprint.post("/ver/<int:customer_id>")
@requires(Permission.SEE_AS_CUSTOMER)
def view_as(customer_id: int) -> Response:
    """The page, once: that it was looked at stands in the customer's timeline."""
    customer, now = get_customer(db.session, customer_id, actor=actor()), clock.now()
    page = home_page(db.session, customer_id=customer.id, today=clock.today())
    audit.record(
        db.session,
        action="viewed_as_customer",
        summary="Central do Assinante vista como o cliente a vê",
        subject=customer,
        owner=customer,
        actor=actor(),
        now=now,
    )
    return render(
        "subscribers/home.html",
        page=page,
        credits=list_credit(db.session, customer.id),
        company=company_of(customer),
        vendor=environment().company,
        subscriber=None,
        viewer=actor(),
    )
