"""Refunds of card payments: asked of the processor once, and followed by what it says."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.rules.cards import may_be_made
from portal.cards.rules.refunds import refund_failure_in_words
from portal.gateways.cards.messages import RefundOrder, RefundReport, RefundStatus
from portal.receipts.models.payment import Payment
from portal.receipts.operations.refund_progress import (
    finish_refund,
    note_at_source,
    note_reference,
    refuse_refund,
    send_refund,
)
from portal.receipts.queries.refunds import find_refund_by_key, payment_to_give_back
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.refunds import NOT_MADE, AtSource, RefundState

AT_PROCESSOR = "Estorno feito na operadora do cartão"
_STATES = {
    RefundStatus.PENDING: RefundState.SENT,
    RefundStatus.SUCCEEDED: RefundState.DONE,
    RefundStatus.FAILED: RefundState.REFUSED,
}


def prepare_refund(session: Session, refund_id: int, *, now: datetime) -> RefundOrder | None:
    """What to ask the processor; that it is asked is stored before it is (S5). None when it is over.

    One that may have been made is looked for; it is not made again when the processor may have forgotten its
    key.
    """
    sent = send_refund(session, refund_id, now=now)
    if sent is None:
        return None
    refund, was_sent = sent
    payment = session.get_one(Payment, refund.payment_id)
    return RefundOrder(
        key=refund.key,
        charge=payment.origin_id,
        amount_cents=refund.amount_cents,
        look_first=was_sent,
        look_only=was_sent and not may_be_made(refund.asked_at, now=now),
    )


def settle_refund(session: Session, refund_id: int, report: RefundReport | None, *, now: datetime) -> None:
    """Write down what the processor says of a refund; None: it has none of this key."""
    if report is None:
        refuse_refund(session, refund_id=refund_id, refusal=NOT_MADE, now=now)
    else:
        _follow(session, refund_id, report, now=now)


def find_charge_to_check(session: Session, payment_id: int, *, now: datetime) -> str:  # noqa: ARG001 - the queue gives it
    """The processor's name of a payment's charge."""
    return session.get_one(Payment, payment_id).origin_id


def settle_check(session: Session, _payment_id: int, found: Sequence[RefundReport], *, now: datetime) -> None:
    """Compare the processor's refunds of a charge with ours: those made there are kept here too."""
    for report in found:
        ours = find_refund_by_key(session, report.key) if report.key else None
        if ours is not None:
            _follow(session, ours.id, report, now=now)
            continue
        payment = payment_to_give_back(
            session, source=PaymentSource.CARD, origin_id=report.charge, reference=report.id
        )
        said = AtSource(
            reference=report.id,
            amount_cents=report.amount_cents,
            state=_STATES[report.status],
            reason=AT_PROCESSOR,
            refusal=refund_failure_in_words(report.reason),
        )
        note_at_source(session, payment=payment, said=said, now=now)


def _follow(session: Session, refund_id: int, report: RefundReport, *, now: datetime) -> None:
    if report.status is RefundStatus.SUCCEEDED:
        finish_refund(session, refund_id=refund_id, reference=report.id, now=now)
    elif report.status is RefundStatus.FAILED:
        words = refund_failure_in_words(report.reason)
        refuse_refund(session, refund_id=refund_id, refusal=words, now=now)
    else:
        note_reference(session, refund_id=refund_id, reference=report.id, now=now)
