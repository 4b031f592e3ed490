"""Faturamento: see what is to be billed, have it billed now, let what was passed by go on."""

from flask import Response, flash, url_for

from portal.contracts.rules.states import contract_label
from portal.invoices.operations.billing_runs import plan_run
from portal.invoices.operations.parking import let_go_on
from portal.invoices.queries import billing_runs
from portal.invoices.queries.billing import DueSet, find_misfits
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.rules.billing import due_until, why_parked
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db

RUNS, PARKED, MISFITS = 30, 50, 20


@blueprint.get("/faturamento")
@requires(Permission.RUN_BILLING)
def billing() -> Response:
    """What is due, what was done, what is passed by."""
    due = DueSet(due_until=due_until(clock.today(), value(db.session, Name.INVOICE_DAYS_AHEAD)))
    misfits = [why_parked(payment) for payment in find_misfits(db.session, due)]
    return htmx.render(
        "invoices/billing.html",
        due_until=due.due_until,
        sums=billing_runs.preview(db.session, due),
        misfits=misfits[:MISFITS],
        runs=billing_runs.list_runs(db.session, limit=RUNS),
        parked=billing_runs.list_parked(db.session, limit=PARKED),
        parked_count=billing_runs.count_parked(db.session),
    )


@blueprint.post("/faturamento")
@requires(Permission.RUN_BILLING, confirmed=True)
def bill_now() -> Response:
    """Have the queue bill what is due; its page shows how far it is."""
    planned = plan_run(db.session, day=clock.today(), now=clock.now())
    flash("Nada a emitir." if not planned else f"Faturas a emitir: {planned}.")
    return htmx.go_to(url_for("invoices.billing"))


@blueprint.post("/faturamento/<int:contract_id>/tentar-de-novo")
@requires(Permission.RUN_BILLING, confirmed=True)
def unpark(contract_id: int) -> Response:
    """Let billing try a contract again that it passes by."""
    subscription = let_go_on(db.session, contract_id=contract_id, actor=actor(), now=clock.now())
    flash(f"O contrato {contract_label(subscription.contract_id)} entra no próximo faturamento.")
    return htmx.go_to(url_for("invoices.billing"))
