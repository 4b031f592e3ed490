"""Mudança de vencimento, by the customer alone."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.invoices.operations.due_day import change_due_day
from portal.invoices.pages import due_day_page
from portal.shared import clock
from portal.shared.db import as_key, db
from portal.shared.htmx import go_to
from portal.shared.refusals import Refusal
from portal.subscribers.queries.account import get_own_subscription, list_own_subscriptions
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own, subscriber


@blueprint.get("/vencimento")
@for_company
def due_days() -> ResponseReturnValue:
    """The plans whose due day may be changed; with one, straight to it."""
    found = list_own_subscriptions(db.session, company().customer_id)
    if len(found) == 1:
        return go_to(url_for("subscribers.due_day", contract_id=found[0].contract_id))
    return render_own("subscribers/due_days.html", subscriptions=found)


@blueprint.get("/contratos/<int:contract_id>/vencimento")
@for_company
def due_day(contract_id: int) -> ResponseReturnValue:
    """The days to choose from, and what the chosen one does."""
    return _page(contract_id, chosen=as_key(request.args.get("dia", "")) or None)


@blueprint.post("/contratos/<int:contract_id>/vencimento")
@for_company
def due_day_change(contract_id: int) -> ResponseReturnValue:
    """Store what was shown."""
    get_own_subscription(db.session, contract_id, customer_id=company().customer_id)
    day = as_key(request.form.get("dia", ""))
    try:
        change_due_day(
            db.session,
            contract_id=contract_id,
            due_day=day,
            seen=request.form.get("seen", ""),
            actor=None,
            changed_for=subscriber().email,
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        return _page(contract_id, chosen=day, refusal=refusal)
    flash(f"Pronto: seu vencimento agora é no dia {day}. Enviamos um e-mail com as datas.")
    return go_to(url_for("subscribers.due_day", contract_id=contract_id))


def _page(contract_id: int, *, chosen: int | None, refusal: Refusal | None = None) -> Response:
    subscription = get_own_subscription(db.session, contract_id, customer_id=company().customer_id)
    return render_own(
        "subscribers/due_day.html",
        status=refusal.status if refusal else 200,
        page=due_day_page(db.session, subscription, chosen=chosen, today=clock.today()),
        refusal=refusal,
    )
