"""Indicações of one customer: its code, whom it brought, and by whom it came."""

from flask import Response, flash, url_for

from portal.customers.models import Customer
from portal.customers.queries.reading import get_customer
from portal.referrals.forms import CodeForm
from portal.referrals.operations.registering import register_referral
from portal.referrals.pages import referrals_of
from portal.referrals.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Forbidden, Missing, Refusal


@blueprint.get("/clientes/<int:customer_id>/indicacoes")
@requires(Permission.SEE_CUSTOMERS)
def of_customer(customer_id: int) -> Response:
    """What it passes on, and what came of it."""
    return _page(get_customer(db.session, customer_id, actor=actor()), CodeForm(formdata=None))


@blueprint.get("/clientes/<int:customer_id>/indicacao")
@requires(Permission.SEE_CUSTOMERS)
def in_quote(customer_id: int) -> Response:
    """By whom it came, asked by the quote builder for a place of its own."""
    return _page(get_customer(db.session, customer_id, actor=actor()), CodeForm(formdata=None))


@blueprint.post("/clientes/<int:customer_id>/indicacoes")
@requires(Permission.EDIT_CUSTOMERS)
def register(customer_id: int) -> Response:
    """Write down by whose code a new customer came."""
    customer, form = get_customer(db.session, customer_id, actor=actor()), CodeForm()
    if not form.validate():
        return _page(customer, form, status=422)
    try:
        code = form.code.data or ""
        register_referral(db.session, customer=customer, code=code, actor=actor(), now=clock.now())
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(get_customer(db.session, customer_id, actor=actor()), form, status=refusal.status)
    if htmx.is_htmx():
        return _page(customer, CodeForm(formdata=None))
    flash("Indicação registrada. O desconto vem uma semana depois do primeiro pagamento.")
    return htmx.go_to(url_for("referrals.of_customer", customer_id=customer_id))


def _page(customer: Customer, form: CodeForm, *, status: int = 200) -> Response:
    return htmx.render(
        "referrals/of_customer.html",
        block="came",
        status=status,
        in_quote=htmx.is_htmx(),
        customer=customer,
        form=form,
        referrals=referrals_of(db.session, customer),
    )
