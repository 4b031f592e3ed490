"""Exclusão de dados: an admin erases what no law or contract asks to keep, and answers the customer."""

from flask import Response, flash, url_for

from portal.customers.models import Customer
from portal.customers.queries.reading import get_customer
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal
from portal.subscribers.forms import EraseForm
from portal.subscribers.operations.erasing import erase
from portal.subscribers.queries.erasure import has_contract, open_requests
from portal.subscribers.routes.blueprint import blueprint


@blueprint.get("/exclusao/<int:customer_id>")
@requires(Permission.ERASE_DATA)
def erasure(customer_id: int) -> Response:
    """What would be erased, and what stays."""
    return _page(get_customer(db.session, customer_id, actor=actor()), EraseForm(formdata=None))


@blueprint.post("/exclusao/<int:customer_id>")
@requires(Permission.ERASE_DATA, confirmed=True)
def erase_data(customer_id: int) -> Response:
    """Erase it: nothing brings it back."""
    customer, form = get_customer(db.session, customer_id, actor=actor()), EraseForm()
    if not form.validate():
        return _page(customer, form, status=422)
    try:
        erased = erase(
            db.session, customer=customer, words=form.words.data or "", actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(get_customer(db.session, customer_id, actor=actor()), form, status=refusal.status)
    if erased:
        flash(f"Excluído: {', '.join(erased)}. O cliente recebe a resposta por e-mail.")
    return htmx.go_to(url_for("customers.record", customer_id=customer_id))


def _page(customer: Customer, form: EraseForm, *, status: int = 200) -> Response:
    return htmx.render(
        "subscribers/erasure.html",
        status=status,
        customer=customer,
        form=form,
        keeps_reach=has_contract(db.session, customer.id),
        requests=open_requests(db.session, customer.id),
    )
