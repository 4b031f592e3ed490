"""What the processor's notices say of money that goes back, taken one by one after they were kept."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge, ProcessorEvent
from portal.cards.rules.cards import LIVE_CHARGE
from portal.cards.rules.disputes import (
    REFUNDS,
    dispute_reason,
    dispute_state,
    is_reinstated,
    is_withdrawn,
)
from portal.receipts.operations.disputing import take_dispute
from portal.receipts.queries.disputes import find_disputed_payment
from portal.receipts.rules.disputes import DisputeTold
from portal.receipts.rules.receiving import CURRENCY, PaymentSource
from portal.receipts.rules.refunds import CHECK_REFUNDS
from portal.shared import queue
from portal.shared.auth import Role
from portal.shared.queue import TryLater
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

LOOK_WITHIN = timedelta(days=1)


def take_event(session: Session, event_id: int, /, *, now: datetime) -> None:
    """Do what a kept notice of a refund or a dispute says; said again, nothing more happens.

    Of a refund the processor is asked. A dispute is taken as the signed notice has it.

    Raises:
        TryLater: the charge it is about is ours and its payment is still to be received.
    """
    event = session.get_one(ProcessorEvent, event_id)
    payment = find_disputed_payment(
        session,
        source=PaymentSource.CARD,
        origin_id=event.charge_reference,
        external_id=event.object_id,
    )
    if payment is None:
        _wait_or_ask(session, event, now=now)
    elif event.kind in REFUNDS:
        queue.enqueue(session, CHECK_REFUNDS, subject_id=payment.id, now=now)
    elif event.facts["currency"] != CURRENCY:
        _ask_finance(session, event, "Contestação em outra moeda na operadora", now=now)
    else:
        take_dispute(session, payment=payment, told=_told(event), now=now)


def _told(event: ProcessorEvent) -> DisputeTold:
    facts = event.facts
    due_at = facts["due_at"]
    return DisputeTold(
        external_id=event.object_id,
        amount_cents=facts["amount_cents"],
        reason=dispute_reason(facts["reason"]),
        state=dispute_state(facts["status"]),
        is_refundable=facts["is_refundable"],
        is_withdrawn=is_withdrawn(event.kind, facts["moved_cents"]),
        is_reinstated=is_reinstated(event.kind, facts["moved_cents"]),
        due_at=datetime.fromisoformat(due_at) if due_at else None,
        at=event.happened_at,
    )


def _wait_or_ask(session: Session, event: ProcessorEvent, *, now: datetime) -> None:
    charge = select(Charge.state).where(Charge.processor_charge == event.charge_reference)
    if session.scalar(charge) in LIVE_CHARGE:
        raise TryLater("the payment this is about is not received yet")
    _ask_finance(session, event, "Aviso da operadora sobre um pagamento que não conhecemos", now=now)


def _ask_finance(session: Session, event: ProcessorEvent, title: str, *, now: datetime) -> None:
    open_task(
        session,
        key=f"processor_event:{event.charge_reference}:{event.object_id}",
        kind=TaskKind.DISPUTE,
        team=Role.FINANCE,
        title=title,
        detail=f"{event.kind}, {event.object_id}, cobrança {event.charge_reference}",
        due_at=now + LOOK_WITHIN,
        now=now,
    )
