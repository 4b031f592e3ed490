"""Marcar como incobrável: an open invoice is given up, and taken up again.

It stays owed: the receivable stays in the ledger, and money that comes all the same pays it. But nobody asks
for it any more, by boleto, card, mail or call.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.events import InvoiceCollectedAgain, InvoiceGivenUp
from portal.invoices.models import BadDebt, Invoice
from portal.invoices.operations.log import log_event
from portal.invoices.queries.bad_debts import find_bad_debt, find_reason_to_collect
from portal.invoices.queries.reading import UNKNOWN, lock_invoice
from portal.invoices.rules.bad_debts import BadDebtEnd, NotGivenUp, SayWhy
from portal.invoices.rules.states import InvoiceState
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.refusals import Missing


def give_up_invoice(
    session: Session, *, invoice_id: int, reason: str, actor: Actor, now: datetime
) -> Invoice:
    """Mark an open invoice as uncollectible, for a reason.

    Raises:
        Missing: no such invoice.
        SayWhy: no reason.
        NotToBeGivenUp: see `why_not_to_give_up`.
    """
    invoice = _locked(session, invoice_id, reason)
    obstacle = find_reason_to_collect(session, invoice, today=day_of(now))
    if obstacle is not None:
        raise obstacle
    session.add(
        BadDebt(
            invoice_id=invoice.id,
            partner_id=invoice.partner_id,
            customer_id=invoice.customer_id,
            open_cents=invoice.open_cents,
            reason=reason.strip(),
            marked_at=now,
            marked_by_id=actor.user_id,
        )
    )
    session.flush()
    invoice.state = InvoiceState.UNCOLLECTIBLE
    session.flush()
    summary = f"Fatura {invoice.label} marcada como incobrável: {format_money(invoice.open_cents)} em aberto"
    log_event(session, invoice, "invoice_given_up", summary, actor=actor, now=now, reason=reason.strip())
    publish(session, InvoiceGivenUp(invoice_id=invoice.id, at=now))
    return invoice


def collect_again(session: Session, *, invoice_id: int, reason: str, actor: Actor, now: datetime) -> Invoice:
    """Ask for an uncollectible invoice again, for a reason.

    Raises:
        Missing: no such invoice.
        SayWhy: no reason.
        NotGivenUp: it is not uncollectible.
    """
    invoice = _locked(session, invoice_id, reason)
    if invoice.state is not InvoiceState.UNCOLLECTIBLE:
        raise NotGivenUp(invoice.label, invoice.state.label)
    how = BadDebtEnd.COLLECTED_AGAIN
    end_bad_debt(session, invoice, how=how, actor=actor, reason=reason.strip(), now=now)
    invoice.state = InvoiceState.OPEN
    session.flush()
    summary = f"Fatura {invoice.label} volta a ser cobrada: {format_money(invoice.open_cents)} em aberto"
    log_event(
        session, invoice, "invoice_collected_again", summary, actor=actor, now=now, reason=reason.strip()
    )
    publish(session, InvoiceCollectedAgain(invoice_id=invoice.id, at=now))
    return invoice


def end_bad_debt(
    session: Session,
    invoice: Invoice,
    *,
    how: BadDebtEnd,
    actor: Actor | None = None,
    reason: str = "",
    now: datetime,
) -> None:
    """Say that a locked invoice is uncollectible no longer, before its state does; of others nothing."""
    if invoice.state is not InvoiceState.UNCOLLECTIBLE:
        return
    debt = find_bad_debt(session, invoice.id, for_update=True)
    if debt is not None:
        debt.ended_at, debt.ended_as = now, how
        debt.end_reason, debt.ended_by_id = reason, actor.user_id if actor else None
        session.flush()


def _locked(session: Session, invoice_id: int, reason: str) -> Invoice:
    if not reason.strip():
        raise SayWhy
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        raise Missing(UNKNOWN)
    return invoice
