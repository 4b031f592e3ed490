"""Pix given back: asked of the bank once, and followed by what it says."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.operations.contests import note_contested_return
from portal.banking.rules.bank_notices import PixReturned, ReturnStatus
from portal.gateways.pix.interface import PixReturnOrder, PixReturnReport, PixReturnStatus
from portal.receipts.models.payment import Payment
from portal.receipts.operations.refund_progress import (
    AtSource,
    finish_refund,
    note_at_source,
    note_reference,
    refuse_refund,
    send_refund,
)
from portal.receipts.queries.refunds import find_refund_by_key, payment_to_give_back
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.refunds import RefundState

NOT_DONE = "O banco não fez a devolução"
AT_BANK = "Devolução feita no banco"
_REPORTED = {
    ReturnStatus.PROCESSING: PixReturnStatus.PROCESSING,
    ReturnStatus.RETURNED: PixReturnStatus.RETURNED,
    ReturnStatus.NOT_DONE: PixReturnStatus.NOT_DONE,
}
_STATES = {
    ReturnStatus.PROCESSING: RefundState.SENT,
    ReturnStatus.RETURNED: RefundState.DONE,
    ReturnStatus.NOT_DONE: RefundState.REFUSED,
}


def prepare_return(session: Session, refund_id: int, *, now: datetime) -> PixReturnOrder | None:
    """What to ask the bank; that it is asked is stored before it is (S5). None when it is over.

    The key is ours, so that asking again makes no second one and tells how the first one is.
    """
    sent = send_refund(session, refund_id, now=now)
    if sent is None:
        return None
    refund, _was_sent = sent
    payment = session.get_one(Payment, refund.payment_id)
    return PixReturnOrder(
        end_to_end_id=payment.origin_id,
        key=refund.key,
        amount_cents=refund.amount_cents,
        words=refund.reason,
    )


def settle_return(session: Session, refund_id: int, report: PixReturnReport, *, now: datetime) -> None:
    """Write down what the bank says of a return; that it went may also come as a notice, before or after."""
    if report.status is PixReturnStatus.RETURNED:
        finish_refund(session, refund_id=refund_id, reference=report.reference, now=now)
    elif report.status is PixReturnStatus.NOT_DONE:
        refuse_refund(session, refund_id=refund_id, refusal=_why_not(report.reason), now=now)
    else:
        note_reference(session, refund_id=refund_id, reference=report.reference, now=now)


def note_return(session: Session, *, said: PixReturned, now: datetime) -> None:
    """Follow what a notice says of a return: one of ours by its key, else one made at the bank itself."""
    ours = find_refund_by_key(session, said.key)
    if ours is not None and ours.way is PaymentSource.PIX:
        report = PixReturnReport(status=_REPORTED[said.status], reference=said.reference, reason=said.reason)
        settle_return(session, ours.id, report, now=now)
        return
    if said.is_contested:
        note_contested_return(session, said=said, now=now)
        return
    reference = f"{said.end_to_end_id}:{said.key}"
    payment = payment_to_give_back(
        session, source=PaymentSource.PIX, origin_id=said.end_to_end_id, reference=reference
    )
    at_bank = AtSource(
        reference=reference,
        amount_cents=said.amount_cents,
        state=_STATES[said.status],
        reason=f"{AT_BANK}: {said.reason}" if said.reason else AT_BANK,
        refusal=_why_not(said.reason),
    )
    note_at_source(session, payment=payment, said=at_bank, now=now)


def _why_not(reason: str) -> str:
    return f"{NOT_DONE}: {reason.rstrip('.')}." if reason else f"{NOT_DONE}."
