"""Disputes of payments, and what of a payment they hold."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

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


def is_contested(session: Session, payment_id: int) -> bool:
    """Whether a dispute of a payment is open whose money did not go back."""
    held = _held().where(PaymentDispute.payment_id == payment_id)
    return bool(session.scalar(select(held.exists())))


def contested_among(session: Session, payment_ids: Collection[int]) -> set[int]:
    """Those of the payments with such a dispute."""
    held = _held().where(PaymentDispute.payment_id.in_(payment_ids))
    return set(session.scalars(held)) if payment_ids else set()


def _held() -> Select[int]:
    return select(PaymentDispute.payment_id).where(
        PaymentDispute.state == DisputeState.OPEN, PaymentDispute.return_id.is_(None)
    )


def find_dispute(session: Session, *, source: PaymentSource, external_id: str) -> PaymentDispute | None:
    """The dispute its source calls so, with what was taken back for it."""
    return session.scalar(
        select(PaymentDispute)
        .where(PaymentDispute.source == source, PaymentDispute.external_id == external_id)
        .options(joinedload(PaymentDispute.taken_back))
    )


def find_dispute_of_return(session: Session, payment_id: int, return_key: str) -> PaymentDispute | None:
    """The dispute of a payment for which what its source calls so was taken back."""
    return session.scalar(
        select(PaymentDispute)
        .join(PaymentReturn, PaymentReturn.id == PaymentDispute.return_id)
        .where(
            PaymentDispute.payment_id == payment_id,
            PaymentReturn.cause_key.endswith(f":{return_key}", autoescape=True),
        )
    )


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
