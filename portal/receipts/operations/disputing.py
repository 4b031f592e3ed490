"""Disputes as they are told: kept once, followed forward, and the money with them."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.coming_again import receive_again
from portal.receipts.operations.locking import lock_told_of
from portal.receipts.operations.parked_back import take_back
from portal.receipts.operations.returning import Asked
from portal.receipts.rules.disputes import (
    ANSWER_WITHIN,
    DisputeState,
    DisputeTold,
    state_after,
    task_key,
)
from portal.receipts.rules.returning import ReturnCause
from portal.shared import audit
from portal.shared.auth import Role
from portal.shared.brazil import format_money
from portal.tasks.operations import close_by_key, open_task
from portal.tasks.rules import TaskKind

NO_REASON = "Contestação de quem pagou."


def take_dispute(
    session: Session,
    *,
    payment: Payment,
    told: DisputeTold,
    cause: ReturnCause = ReturnCause.DISPUTE,
    now: datetime,
) -> PaymentDispute:
    """Keep what is told of a dispute and let the money follow: back when withdrawn, again when reinstated.

    Told again, in another order or by two at once it comes to the same. What a refund took before is not
    taken twice. Finance has a task until it is closed. Money nobody has placed yet waits while it is
    contested, and ends as returned when it is withdrawn.

    Raises:
        TryLater: finance placed the money in this very moment.
    """
    payment, _invoice = lock_told_of(session, payment.id)
    known = select(PaymentDispute).filter_by(source=payment.source, external_id=told.external_id)
    dispute = session.scalar(known.with_for_update()) or _open(session, payment, told, now=now)
    _merge(dispute, told, now=now)
    session.flush()
    _move_money(session, payment, dispute, told, cause, now=now)
    _ask_finance(session, payment, told, now=now)
    if dispute.state is not DisputeState.OPEN:
        _close_task(session, dispute, now=now)
    return dispute


def place_disputes(session: Session, payment: Payment) -> None:
    """The disputes of a payment that was parked are of who it belongs to now."""
    session.execute(
        update(PaymentDispute)
        .where(PaymentDispute.payment_id == payment.id, PaymentDispute.partner_id.is_(None))
        .values(invoice_id=payment.invoice_id, partner_id=payment.partner_id, customer_id=payment.customer_id)
    )


def _open(session: Session, payment: Payment, told: DisputeTold, *, now: datetime) -> PaymentDispute:
    dispute = PaymentDispute(
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        partner_id=payment.partner_id,
        customer_id=payment.customer_id,
        source=payment.source,
        external_id=told.external_id,
        amount_cents=told.amount_cents,
        reason=told.reason,
        state=DisputeState.OPEN,
        is_refundable=told.is_refundable,
        opened_at=now,
        due_at=told.due_at,
        told_at=told.at,
    )
    session.add(dispute)
    session.flush()
    audit.record(
        session,
        action="dispute_opened",
        summary=f"Contestação de {format_money(told.amount_cents)}, {payment.source.label}",
        subject=dispute,
        actor=None,
        now=now,
        reason=told.reason,
    )
    return dispute


def _merge(dispute: PaymentDispute, told: DisputeTold, *, now: datetime) -> None:
    is_newer = told.at >= dispute.told_at
    dispute.amount_cents = max(dispute.amount_cents, told.amount_cents)  # what left may be told of first
    state = state_after(dispute.state, told.state, is_newer=is_newer)
    if dispute.closed_at is None and state is not DisputeState.OPEN:
        dispute.closed_at = now
    dispute.state = state
    if is_newer:
        dispute.is_refundable, dispute.told_at = told.is_refundable, told.at
        dispute.due_at = told.due_at or dispute.due_at
    left = told.is_withdrawn or told.is_reinstated or state is DisputeState.LOST
    dispute.withdrawn_at = dispute.withdrawn_at or (now if left else None)
    dispute.reinstated_at = dispute.reinstated_at or (now if told.is_reinstated else None)


def _move_money(
    session: Session,
    payment: Payment,
    dispute: PaymentDispute,
    told: DisputeTold,
    cause: ReturnCause,
    *,
    now: datetime,
) -> None:
    if dispute.withdrawn_at is not None and dispute.return_id is None:
        asked = Asked(
            cause=cause,
            key=told.cause_key,
            amount_cents=told.amount_cents if told.return_key else dispute.amount_cents,
            reason=dispute.reason or NO_REASON,
        )
        _take(session, payment, dispute, asked, now=now)
    if dispute.reinstated_at is None or dispute.return_id is None or dispute.came_again_id is not None:
        return
    again = receive_again(
        session,
        payment=payment,
        external_id=f"{dispute.external_id}:reinstated",
        amount_cents=session.get_one(PaymentReturn, dispute.return_id).amount_cents,
        found_by="dispute",
        now=now,
    )
    dispute.came_again_id = again.id
    session.flush()


def _take(
    session: Session, payment: Payment, dispute: PaymentDispute, asked: Asked, *, now: datetime
) -> None:
    back = take_back(session, payment=payment, asked=asked, now=now)
    if back is not None:
        dispute.return_id = back.id
        session.flush()


def _ask_finance(session: Session, payment: Payment, told: DisputeTold, *, now: datetime) -> None:
    open_task(
        session,
        key=task_key(payment.source, told.external_id),
        kind=TaskKind.DISPUTE,
        team=Role.FINANCE,
        title=f"Responder à contestação de {format_money(told.amount_cents)}, {payment.source.label}",
        detail=told.reason,
        subject=payment,
        due_at=told.due_at or now + ANSWER_WITHIN,
        now=now,
    )


def _close_task(session: Session, dispute: PaymentDispute, *, now: datetime) -> None:
    audit_note = f"Contestação encerrada: {dispute.state.label.lower()}."
    close_by_key(
        session, key=task_key(dispute.source, dispute.external_id), note=audit_note, actor=None, now=now
    )
