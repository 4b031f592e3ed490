"""Incobráveis: finance gives an invoice up, and takes it up again."""

from collections.abc import Callable

from flask import Response

from portal.invoices.models import Invoice
from portal.invoices.operations.bad_debts import collect_again, give_up_invoice
from portal.invoices.queries.reading import get_invoice
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.routes.detail import GIVE_UP, Done, carry_out, show_page
from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.reason_form import ReasonForm


@blueprint.post("/faturas/<int:invoice_id>/incobravel")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def give_up(invoice_id: int) -> Response:
    """Nobody is asked for it any more."""
    return _do(invoice_id, give_up_invoice, "Fatura {} marcada como incobrável.")


@blueprint.post("/faturas/<int:invoice_id>/voltar-a-cobrar")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def collect(invoice_id: int) -> Response:
    """It is open again."""
    return _do(invoice_id, collect_again, "Fatura {} em aberto de novo.")


def _do(invoice_id: int, act: Callable[..., Invoice], done: str) -> Response:
    """What a reason is needed for; the page again with the refusal, where there is one."""
    invoice, form = get_invoice(db.session, invoice_id, actor=actor()), ReasonForm(prefix=GIVE_UP)
    if not form.validate():
        return show_page(invoice, debt_form=form, status=422)
    reason, words = form.reason.data or "", done.format(invoice.label)

    def decide() -> Done:
        act(db.session, invoice_id=invoice_id, reason=reason, actor=actor(), now=clock.now())
        return Done(words, invoice_id)

    return carry_out(invoice_id, decide, debt_form=form)
