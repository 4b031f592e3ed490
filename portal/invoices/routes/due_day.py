"""Mudança de vencimento of a contract, by the portal's people."""

from flask import Response, flash, request, url_for

from portal.contracts.queries.reading import get_contract
from portal.invoices.operations.due_day import change_due_day
from portal.invoices.pages import due_day_page
from portal.invoices.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import as_key, db
from portal.shared.refusals import Missing, Refusal
from portal.subscriptions.queries.reading import get_subscription


@blueprint.get("/contratos/<int:contract_id>/vencimento")
@requires(Permission.CHANGE_DUE_DAY)
def due_day(contract_id: int) -> Response:
    """The days to choose from, and what the chosen one does."""
    return _page(contract_id, chosen=as_key(request.args.get("dia", "")) or None)


@blueprint.post("/contratos/<int:contract_id>/vencimento")
@requires(Permission.CHANGE_DUE_DAY)
def due_day_change(contract_id: int) -> Response:
    """Store what was shown."""
    contract, day = get_contract(db.session, contract_id, actor=actor()), as_key(request.form.get("dia", ""))
    try:
        change_due_day(
            db.session,
            contract_id=contract.id,
            due_day=day,
            seen=request.form.get("seen", ""),
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _page(contract_id, chosen=day, refusal=refusal)
    flash(f"Vencimento mudado para o dia {day}. O cliente recebe um e-mail.")
    return htmx.go_to(url_for("contracts.show", contract_id=contract_id))


def _page(contract_id: int, *, chosen: int | None, refusal: Refusal | None = None) -> Response:
    contract = get_contract(db.session, contract_id, actor=actor())
    subscription = get_subscription(db.session, contract.id)
    return htmx.render(
        "invoices/due_day.html",
        status=refusal.status if refusal else 200,
        contract=contract,
        page=due_day_page(db.session, subscription, chosen=chosen, today=clock.today()),
        refusal=refusal,
    )
