"""Pix given back: asked of the bank once, and followed by what it says."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.operations.contests import note_contested_return
from portal.banking.queries.joint_pix import list_parts
from portal.banking.rules.bank_notices import PixReturned, ReturnStatus
from portal.banking.rules.joint_pix import parts_back
from portal.gateways.pix.interface import PixReturnOrder, PixReturnReport, PixReturnStatus
from portal.receipts.models.payment import Payment
from portal.receipts.operations.refund_progress import (
    finish_refund,
    note_at_source,
    note_reference,
    refuse_refund,
    send_refund,
)
from portal.receipts.queries.refunds import (
    find_refund_by_key,
    list_refunds_named,
    payment_to_give_back,
    refundable_cents,
)
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.refunds import AtSource, RefundState

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
    for payment, reference, cents in _made_at_bank(session, said):
        at_bank = AtSource(
            reference=reference,
            amount_cents=cents,
            state=_STATES[said.status],
            reason=f"{AT_BANK}: {said.reason}" if said.reason else AT_BANK,
            refusal=_why_not(said.reason),
        )
        note_at_source(session, payment=payment, said=at_bank, now=now)


def _made_at_bank(session: Session, said: PixReturned) -> Iterator[tuple[Payment, str, int]]:
    """The payments it is of, what it is called there, and how much of each; of one Pix for several, parts."""
    reference, joint = f"{said.end_to_end_id}:{said.key}", list_parts(session, said.end_to_end_id)
    if len(joint) > 1:
        left = [(each.external_id, refundable_cents(session, each)) for each in joint]
        known = {each.payment_id: each.amount_cents for each in list_refunds_named(session, reference)}
        back = dict(parts_back(said.amount_cents, left))
        for payment in joint:
            name = reference + payment.external_id.removeprefix(said.end_to_end_id)
            part = known.get(payment.id, 0) if known else back.get(payment.external_id, 0)
            if part:
                yield payment, name, part
        return
    payment = payment_to_give_back(
        session, source=PaymentSource.PIX, origin_id=said.end_to_end_id, reference=reference
    )
    yield payment, reference, said.amount_cents


def _why_not(reason: str) -> str:
    return f"{NOT_DONE}: {reason.rstrip('.')}." if reason else f"{NOT_DONE}."
