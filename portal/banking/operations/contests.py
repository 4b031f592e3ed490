"""A Pix that who paid contests (MED): kept by us, or returned by the bank."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.banking.queries.joint_pix import list_parts
from portal.banking.rules.bank_notices import (
    ContestStatus,
    PixContested,
    PixReturned,
    ReturnStatus,
)
from portal.banking.rules.joint_pix import parts_back
from portal.receipts.models.payment import Payment
from portal.receipts.operations.disputing import take_dispute
from portal.receipts.queries.disputes import (
    find_dispute,
    find_dispute_of_return,
    find_disputed_payment,
    find_open_dispute,
)
from portal.receipts.queries.returns import returned_beside
from portal.receipts.rules.disputes import DisputeState, DisputeTold
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.returning import ReturnCause
from portal.shared.queue import TryLater

CONTESTED = "Quem pagou contestou o Pix no banco"


def note_contest(session: Session, *, said: PixContested, now: datetime) -> None:
    """Follow a contest: open until it is rejected, for what is accepted goes back by a return.

    One of a Pix for several invoices is a dispute of each payment it came in as, by its part.

    Raises:
        TryLater: the Pix did not come in yet.
    """
    for part in _parts(session, said.end_to_end_id, said.contest_id, said.amount_cents):
        told = DisputeTold(
            external_id=part.external_id,
            amount_cents=part.amount_cents,
            reason=_why(said.reason),
            state=DisputeState.KEPT if said.status is ContestStatus.REJECTED else DisputeState.OPEN,
            is_refundable=False,
            is_withdrawn=False,
            is_reinstated=False,
            due_at=said.due_at,
            at=said.at,
        )
        take_dispute(session, payment=part.payment, told=told, cause=ReturnCause.PIX_RETURNED, now=now)


def note_contested_return(session: Session, *, said: PixReturned, now: datetime) -> None:
    """The bank took a contested Pix back, or as much of it as it says. Until it did, nothing is certain.

    One that does not name its contest is of the open one of its amount, else one of its own; so is another
    one of a contest for which money went before. The same one again changes nothing.

    Raises:
        TryLater: the Pix did not come in yet.
    """
    if said.status is not ReturnStatus.RETURNED:
        return
    own_id = said.contest_id or f"{said.end_to_end_id}:{said.key}"
    for part in _parts(session, said.end_to_end_id, own_id, said.amount_cents, return_key=said.key):
        told = DisputeTold(
            external_id=_dispute_of(session, part, said),
            amount_cents=part.amount_cents,
            reason=_why(said.reason),
            state=DisputeState.LOST,
            is_refundable=False,
            is_withdrawn=True,
            is_reinstated=False,
            due_at=None,
            at=now,
            return_key=said.key,
        )
        take_dispute(session, payment=part.payment, told=told, cause=ReturnCause.PIX_RETURNED, now=now)


class _Part(NamedTuple):
    """What of a contest is about a payment; the first has the contest's own name."""

    payment: Payment
    external_id: str
    amount_cents: int


def _dispute_of(session: Session, part: _Part, said: PixReturned) -> str:
    """What the dispute is called that a return is of."""
    known = find_dispute_of_return(session, part.payment.id, said.key)
    if known is None and not said.contest_id:
        known = find_open_dispute(session, part.payment.id, amount_cents=part.amount_cents)
    if known is not None:
        return known.external_id
    named = find_dispute(session, source=PaymentSource.PIX, external_id=part.external_id)
    if named is None or named.taken_back is None or not said.contest_id:
        return part.external_id
    is_same = named.taken_back.cause_key == f"dispute:{part.external_id}"  # kept before returns had a key
    return part.external_id if is_same else f"{part.external_id}:{said.key}"


def _parts(
    session: Session, end_to_end_id: str, external_id: str, amount_cents: int, *, return_key: str = ""
) -> Sequence[_Part]:
    """The payments a Pix came in as, each with its part of an amount; of a return by what is left of them."""
    joint = list_parts(session, end_to_end_id)
    if len(joint) > 1:
        went = returned_beside(session, [each.id for each in joint], return_key) if return_key else {}
        came = [(payment.external_id, payment.amount_cents - went.get(payment.id, 0)) for payment in joint]
        back = dict(parts_back(amount_cents, came))
        return [
            _Part(payment, external_id + payment.external_id.removeprefix(end_to_end_id), part)
            for payment in joint
            if (part := back.get(payment.external_id))
        ]
    found = find_disputed_payment(
        session, source=PaymentSource.PIX, origin_id=end_to_end_id, external_id=external_id
    )
    if found is None:
        raise TryLater("the Pix this is about did not come in yet")
    return [_Part(found, external_id, amount_cents)]


def _why(reason: str) -> str:
    return f"{CONTESTED}: {reason}" if reason else f"{CONTESTED}."
