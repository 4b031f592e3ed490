"""Money nobody has placed yet that goes back by itself: who paid had the bank take it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.operations.ledger import post
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.returning import Asked
from portal.receipts.queries.returns import find_return, returned_cents
from portal.receipts.rules.receiving import CURRENCY, PaymentOutcome
from portal.shared import audit
from portal.shared.brazil import format_money


def take_parked_back(
    session: Session, *, payment: Payment, asked: Asked, now: datetime
) -> PaymentReturn | None:
    """Let money of a payment that is locked and not placed go back; None when nothing is left of it.

    Told again, nothing more happens.
    """
    if (known := find_return(session, payment.id, asked.key)) is not None:
        return known
    is_here = payment.outcome is PaymentOutcome.PARKED  # else finance sent it back before
    cents = (
        min(asked.amount_cents, payment.amount_cents - returned_cents(session, payment.id)) if is_here else 0
    )
    if not cents:
        return None
    row = PaymentReturn(
        payment_id=payment.id,
        cause=asked.cause,
        cause_key=asked.key,
        amount_cents=cents,
        **dict.fromkeys(("credit_cents", "surplus_cents", "charges_cents", "face_cents", "short_cents"), 0),
        parked_cents=cents,
        reason=asked.reason,
        returned_at=now,
    )
    session.add(row)
    session.flush()
    _book(session, payment, row, now=now)
    return row


def _book(session: Session, payment: Payment, row: PaymentReturn, *, now: datetime) -> None:
    if payment.currency == CURRENCY:  # what is not in reais is no cash of this ledger
        post(
            session,
            kind=PostingKind.RETURNED,
            debit=Account.UNIDENTIFIED,
            credit=Account.cash_of(payment.key),
            amount_cents=row.amount_cents,
            payment_key=payment.key,
            part=f"parked:{row.id}",
            now=now,
        )
    amount = f"{format_money(row.amount_cents)} de {format_money(payment.amount_cents)}"
    audit.record(
        session,
        action="payment_returned",
        summary=f"{payment.source.label} a conferir: {amount} de volta ({row.cause.label.lower()})",
        subject=payment,
        actor=None,
        now=now,
        reason=row.reason,
    )


def end_parked(session: Session, *, payment: Payment, back: PaymentReturn, now: datetime) -> None:
    """Nothing is left to decide about once all of a parked payment went back."""
    if payment.outcome is not PaymentOutcome.PARKED:
        return
    if returned_cents(session, payment.id) < payment.amount_cents:
        return
    same = select(ParkedPayment).filter_by(payment_id=payment.id).with_for_update()
    parked = session.scalars(same.execution_options(populate_existing=True)).one()
    parked.resolution, parked.resolution_note = PaymentOutcome.RETURNED, back.reason
    parked.resolved_at, parked.return_id = now, back.id
    payment.outcome = PaymentOutcome.RETURNED
    session.flush()
