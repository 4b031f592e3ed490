"""Meses grátis of a contract: who gave which away and why, and for finance the act of giving."""

from flask import Response, flash, url_for

from portal.contracts.queries.reading import get_contract
from portal.invoices.forms import FreeMonthsForm
from portal.invoices.operations.free_months import grant_free_months
from portal.invoices.queries.free_months import why_none
from portal.invoices.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Missing, Refusal
from portal.subscriptions.queries.free_months import list_free_months
from portal.subscriptions.queries.reading import get_subscription


@blueprint.get("/contratos/<int:contract_id>/meses-gratis")
@requires(Permission.SEE_CONTRACTS)
def free_months(contract_id: int) -> Response:
    """What was given away."""
    return _page(contract_id)


@blueprint.post("/contratos/<int:contract_id>/meses-gratis")
@requires(Permission.RUN_BILLING, confirmed=True)
def free_months_give(contract_id: int) -> Response:
    """Give months away."""
    contract, form = get_contract(db.session, contract_id, actor=actor()), FreeMonthsForm()
    if not form.validate():
        return _page(contract_id, form, status=422)
    try:
        given = grant_free_months(
            db.session,
            contract_id=contract.id,
            months=int(form.months.data or 0),
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        if refusal.field:
            show_refusal(form, refusal)
        return _page(contract_id, form, refusal=None if refusal.field else refusal, status=refusal.status)
    flash("Um mês grátis concedido." if len(given) == 1 else f"{len(given)} meses grátis concedidos.")
    return htmx.go_to(url_for("invoices.free_months", contract_id=contract_id))


def _page(
    contract_id: int,
    form: FreeMonthsForm | None = None,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    contract = get_contract(db.session, contract_id, actor=actor())
    subscription, today = get_subscription(db.session, contract.id), clock.today()
    may_give = actor().can(Permission.RUN_BILLING)
    return htmx.render(
        "invoices/free_months.html",
        status=status,
        contract=contract,
        months=list_free_months(db.session, contract.id, today=today),
        today=today,
        may_give=may_give,
        why_none=why_none(db.session, subscription, today=today) if may_give else "",
        first_day=subscription.place.period(subscription.next_number).starts_on,
        form=form or FreeMonthsForm(formdata=None),
        refusal=refusal,
    )
