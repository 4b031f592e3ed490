"""Money nobody has placed yet that goes back: who paid contested it, or it was refunded at its source."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.operations.ledger import post
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.coming_again import receive_again
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.queries.returns import find_return, returned_cents
from portal.receipts.rules.receiving import CURRENCY, PaymentOutcome
from portal.receipts.rules.refunds import AtSource, RefundOrigin, RefundState, cause_key
from portal.receipts.rules.returning import ReturnCause
from portal.shared import audit
from portal.shared.brazil import format_money

AT_SOURCE = RefundOrigin.SOURCE.label


def take_back(session: Session, *, payment: Payment, asked: Asked, now: datetime) -> PaymentReturn | None:
    """Take what left of a locked payment, once: of what it paid or, while it is parked, as it lies there.

    None when nothing is left of it. Nothing is left to decide about once all of a parked one went.
    """
    if payment.outcome in (PaymentOutcome.SETTLED, PaymentOutcome.CREDITED):
        return take_payment_back(session, payment_id=payment.id, asked=asked, actor=None, now=now)
    back = _take_parked(session, payment=payment, asked=asked, now=now)
    if back is not None:
        _end_parked(session, payment=payment, back=back, now=now)
    return back


def _take_parked(session: Session, *, payment: Payment, asked: Asked, now: datetime) -> PaymentReturn | None:
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


def _end_parked(session: Session, *, payment: Payment, back: PaymentReturn, now: datetime) -> None:
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


def note_plain_refund(session: Session, *, payment: Payment, said: AtSource, now: datetime) -> None:
    """Let a refund that was made at its source take money that pays no invoice, once it is done.

    One that failed after all: the money waits for finance again. What finance sent back itself is the same.
    """
    key = cause_key(said.key(payment.source))
    if said.state is RefundState.DONE:
        asked = Asked(
            cause=ReturnCause.REFUND, key=key, amount_cents=said.amount_cents, reason=said.reason or AT_SOURCE
        )
        take_back(session, payment=payment, asked=asked, now=now)
    elif said.state is RefundState.REFUSED:
        _come_again(session, payment, said, find_return(session, payment.id, key), now=now)


def went_while_parked(session: Session, payment: Payment, said: AtSource) -> bool:
    """Whether a refund took its money before this was placed."""
    return find_return(session, payment.id, cause_key(said.key(payment.source))) is not None


def _come_again(
    session: Session, payment: Payment, said: AtSource, back: PaymentReturn | None, *, now: datetime
) -> None:
    again = f"{said.reference}:failed"
    known = select(Payment.id).where(Payment.source == payment.source, Payment.external_id == again)
    if back is None or session.scalar(known) is not None:
        return
    receive_again(
        session,
        payment=payment,
        external_id=again,
        amount_cents=back.amount_cents,
        found_by="refund_failed",
        now=now,
    )
