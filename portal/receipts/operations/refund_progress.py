"""How a refund goes on, as the processor, the bank or finance says; the books follow when it is certain."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.queries.reading import lock_invoice
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.notifications import tell_of_refund
from portal.receipts.operations.coming_again import receive_again
from portal.receipts.operations.locking import lock_told_of
from portal.receipts.operations.parked_back import note_plain_refund, went_while_parked
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.queries.disputes import disputed_cents
from portal.receipts.rules.refunds import (
    CONTESTED,
    LIVE_REFUND,
    PAY_WITHIN,
    AtSource,
    RefundOrigin,
    RefundState,
    cause_key,
    task_key,
)
from portal.receipts.rules.returning import ReturnCause
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_money
from portal.tasks.operations import close_by_key, open_task
from portal.tasks.rules import TaskKind, TaskResult


def lock_refund(session: Session, refund_id: int) -> Refund:
    """A refund under the locks of its customer and contract, read afresh."""
    refund = session.get_one(Refund, refund_id)
    audit.lock_streams(session, [refund.customer_id] if refund.customer_id else [])
    lock_invoice(session, refund.invoice_id)
    session.flush()
    return session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)


def send_refund(session: Session, refund_id: int, *, now: datetime) -> tuple[Refund, bool] | None:
    """Write down that it is asked for now; None when it is over. Whether it was asked before (S5)."""
    refund = lock_refund(session, refund_id)
    if refund.state not in LIVE_REFUND or refund.by_hand:
        return None
    was_sent = refund.sent_at is not None
    if not was_sent and disputed_cents(session, refund.payment_id):
        refuse_refund(session, refund_id=refund.id, refusal=CONTESTED, now=now)
        return None
    refund.state, refund.sent_at, refund.checked_at = RefundState.SENT, refund.sent_at or now, now
    return refund, was_sent


def note_reference(session: Session, *, refund_id: int, reference: str, now: datetime) -> None:
    """It is known where it was asked for, and is not certain yet."""
    refund = lock_refund(session, refund_id)
    refund.checked_at = now
    refund.reference = refund.reference or reference


def finish_refund(
    session: Session, *, refund_id: int, reference: str, actor: Actor | None = None, now: datetime
) -> None:
    """The money went: it is taken back in the books, and who paid is told. Said again, nothing happens."""
    refund = lock_refund(session, refund_id)
    if refund.state not in LIVE_REFUND:
        return
    refund.reference = reference or refund.reference
    asked = Asked(
        cause=ReturnCause.REFUND,
        key=cause_key(refund.key),
        amount_cents=refund.amount_cents,
        reason=refund.reason,
    )
    back = take_payment_back(session, payment_id=refund.payment_id, asked=asked, actor=actor, now=now)
    refund.state, refund.settled_at = RefundState.DONE, now
    refund.settled_by_id = actor.user_id if actor else None
    refund.return_id = back.id if back else None
    _log(session, refund, "refund_done", "feita", actor=actor, now=now)
    if back is None or back.amount_cents < refund.amount_cents:
        _ask_why_twice(session, refund, back, now=now)
    close_by_key(session, key=task_key(refund.id), note=_paid_note(refund), actor=actor, now=now)
    tell_of_refund(session, refund=refund, now=now)


def refuse_refund(
    session: Session, *, refund_id: int, refusal: str, actor: Actor | None = None, now: datetime
) -> None:
    """It was not made. One that was certain and failed after all: its money came in again."""
    refund = lock_refund(session, refund_id)
    if refund.state is RefundState.REFUSED:
        return
    if refund.state is RefundState.DONE and not _comes_again(session, refund, now=now):
        return
    refund.state, refund.settled_at, refund.refusal = RefundState.REFUSED, now, refusal
    session.flush()
    _log(session, refund, "refund_refused", "não feita", actor=actor, now=now, reason=refusal)
    if actor is None:
        _ask_to_look(session, refund, now=now)
    close_by_key(
        session, key=task_key(refund.id), note=refusal, result=TaskResult.NOT_NEEDED, actor=actor, now=now
    )


def note_at_source(session: Session, *, payment: Payment, said: AtSource, now: datetime) -> Refund | None:
    """Keep a refund that was made at the processor or the bank itself, as far as it is, once.

    None where the money pays no invoice: what went back is kept with the payment that waits, or is credit.

    Raises:
        TryLater: finance placed the money in this very moment.
    """
    payment, invoice = lock_told_of(session, payment.id)
    known = select(Refund).where(Refund.way == payment.source, Refund.reference == said.reference)
    refund = session.scalar(known)
    if refund is None:
        if invoice is None or went_while_parked(session, payment, said):
            note_plain_refund(session, payment=payment, said=said, now=now)
            return None
        refund = _write(session, payment, said, now=now)
    if said.state is RefundState.DONE:
        finish_refund(session, refund_id=refund.id, reference=said.reference, now=now)
    elif said.state is RefundState.REFUSED:
        refuse_refund(session, refund_id=refund.id, refusal=said.refusal, now=now)
    return refund


def _write(session: Session, payment: Payment, said: AtSource, *, now: datetime) -> Refund:
    refund = Refund(
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        partner_id=payment.partner_id,
        customer_id=payment.customer_id,
        way=payment.source,
        origin=RefundOrigin.SOURCE,
        key=said.key(payment.source),
        amount_cents=said.amount_cents,
        reason=said.reason,
        state=RefundState.SENT,
        asked_at=now,
        sent_at=now,
        reference=said.reference,
    )
    session.add(refund)
    session.flush()
    return refund


def _comes_again(session: Session, refund: Refund, *, now: datetime) -> bool:
    """The money of a refund that failed is ours again; False where the books had none of it."""
    if refund.return_id is None:
        return False
    back = session.get_one(PaymentReturn, refund.return_id)
    again = receive_again(
        session,
        payment=session.get_one(Payment, refund.payment_id),
        external_id=f"{refund.reference}:failed",
        amount_cents=back.amount_cents,
        found_by="refund_failed",
        now=now,
    )
    refund.came_again_id = again.id
    return True


def _paid_note(refund: Refund) -> str:
    return f"Transferida, identificação {refund.reference}." if refund.by_hand else "Devolvida."


def _ask_why_twice(session: Session, refund: Refund, back: PaymentReturn | None, *, now: datetime) -> None:
    went = format_money(back.amount_cents) if back else "nada"
    _task(
        session,
        refund,
        key=f"refund_twice:{refund.id}",
        title=f"Dinheiro devolvido duas vezes: {format_money(refund.amount_cents)}",
        detail=f"A devolução saiu, mas do pagamento restava {went}: o resto já tinha voltado antes.",
        now=now,
    )


def _ask_to_look(session: Session, refund: Refund, *, now: datetime) -> None:
    _task(
        session,
        refund,
        key=f"refund_refused:{refund.id}",
        title=f"Devolução de {format_money(refund.amount_cents)} não foi feita",
        detail=refund.refusal,
        now=now,
    )


def _task(session: Session, refund: Refund, *, key: str, title: str, detail: str, now: datetime) -> None:
    open_task(
        session,
        key=key,
        kind=TaskKind.REFUND,
        team=Role.FINANCE,
        title=title,
        detail=detail,
        subject=refund,
        due_at=now + PAY_WITHIN,
        now=now,
    )


def _log(
    session: Session,
    refund: Refund,
    action: str,
    what: str,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
) -> None:
    invoice = session.get_one(Invoice, refund.invoice_id)
    audit.record(
        session,
        action=action,
        summary=f"Devolução de {format_money(refund.amount_cents)} {what}, {refund.way.label} "
        f"da fatura {invoice.label}",
        subject=refund,
        actor=actor,
        now=now,
        reason=reason,
    )
