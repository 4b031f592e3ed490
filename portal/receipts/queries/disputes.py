"""Disputes of payments, and what of a payment they hold."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.disputes import DisputeState
from portal.receipts.rules.receiving import PaymentSource


def list_disputes_of(session: Session, payment_id: int) -> Sequence[PaymentDispute]:
    """The disputes of a payment, in order."""
    return session.scalars(
        select(PaymentDispute).filter_by(payment_id=payment_id).order_by(PaymentDispute.id)
    ).all()


def find_open_dispute(session: Session, payment_id: int, *, amount_cents: int) -> PaymentDispute | None:
    """The oldest open dispute of a payment for an amount, whose money did not go back."""
    return session.scalars(
        select(PaymentDispute)
        .where(
            PaymentDispute.payment_id == payment_id,
            PaymentDispute.amount_cents == amount_cents,
            PaymentDispute.state == DisputeState.OPEN,
            PaymentDispute.return_id.is_(None),
        )
        .order_by(PaymentDispute.id)
        .limit(1)
    ).first()


def disputed_cents(session: Session, payment_id: int) -> int:
    """How much of a payment is held by disputes that are open and let nothing be given back."""
    total = select(func.sum(PaymentDispute.amount_cents)).where(
        PaymentDispute.payment_id == payment_id,
        PaymentDispute.state == DisputeState.OPEN,
        PaymentDispute.is_refundable.is_(False),
        PaymentDispute.return_id.is_(None),
    )
    return int(session.scalar(total) or 0)


def find_disputed_payment(
    session: Session, *, source: PaymentSource, origin_id: str, external_id: str
) -> Payment | None:
    """The payment a dispute is of: the one it was of when it was told of before, else that which still holds
    money, for money may have come in again; None when it is not among our payments.
    """
    known = select(Payment).join(PaymentDispute, PaymentDispute.payment_id == Payment.id)
    found = session.scalar(
        known.where(PaymentDispute.source == source, PaymentDispute.external_id == external_id)
    )
    if found is not None or not origin_id:
        return found
    back = select(func.coalesce(func.sum(PaymentReturn.amount_cents), 0)).where(
        PaymentReturn.payment_id == Payment.id
    )
    of_origin = or_(Payment.external_id == origin_id, Payment.facts["origin_id"].astext == origin_id)
    return session.scalars(
        select(Payment)
        .where(Payment.source == source, of_origin)
        .order_by((Payment.amount_cents <= back.scalar_subquery()), Payment.id)
        .limit(1)
    ).first()
