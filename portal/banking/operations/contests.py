"""A Pix that who paid contests (MED): kept by us, or returned by the bank."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.rules.bank_notices import (
    ContestStatus,
    PixContested,
    PixReturned,
    ReturnStatus,
)
from portal.receipts.models.payment import Payment
from portal.receipts.operations.disputing import take_dispute
from portal.receipts.queries.disputes import find_disputed_payment, find_open_dispute
from portal.receipts.rules.disputes import DisputeState, DisputeTold
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.returning import ReturnCause
from portal.shared.queue import TryLater

CONTESTED = "Quem pagou contestou o Pix no banco"


def note_contest(session: Session, *, said: PixContested, now: datetime) -> None:
    """Follow a contest: open until it is rejected, for what is accepted goes back by a return.

    Raises:
        TryLater: the Pix did not come in yet.
    """
    told = DisputeTold(
        external_id=said.contest_id,
        amount_cents=said.amount_cents,
        reason=_why(said.reason),
        state=DisputeState.KEPT if said.status is ContestStatus.REJECTED else DisputeState.OPEN,
        is_refundable=False,
        is_withdrawn=False,
        is_reinstated=False,
        due_at=said.due_at,
        at=said.at,
    )
    payment = _payment(session, said.end_to_end_id, said.contest_id)
    take_dispute(session, payment=payment, told=told, cause=ReturnCause.PIX_RETURNED, now=now)


def note_contested_return(session: Session, *, said: PixReturned, now: datetime) -> None:
    """The bank took a contested Pix back. Until it did, nothing is certain.

    One that does not name its contest is of the open one of its amount, else one of its own.

    Raises:
        TryLater: the Pix did not come in yet.
    """
    if said.status is not ReturnStatus.RETURNED:
        return
    own_id = said.contest_id or f"{said.end_to_end_id}:{said.key}"
    payment = _payment(session, said.end_to_end_id, own_id)
    known = None
    if not said.contest_id:
        known = find_open_dispute(session, payment.id, amount_cents=said.amount_cents)
    told = DisputeTold(
        external_id=known.external_id if known else own_id,
        amount_cents=said.amount_cents,
        reason=_why(said.reason),
        state=DisputeState.LOST,
        is_refundable=False,
        is_withdrawn=True,
        is_reinstated=False,
        due_at=None,
        at=now,
    )
    take_dispute(session, payment=payment, told=told, cause=ReturnCause.PIX_RETURNED, now=now)


def _payment(session: Session, end_to_end_id: str, external_id: str) -> Payment:
    found = find_disputed_payment(
        session, source=PaymentSource.PIX, origin_id=end_to_end_id, external_id=external_id
    )
    if found is None:
        raise TryLater("the Pix this is about did not come in yet")
    return found


def _why(reason: str) -> str:
    return f"{CONTESTED}: {reason}" if reason else f"{CONTESTED}."
