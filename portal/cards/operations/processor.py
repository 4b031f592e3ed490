"""What the processor tells us: kept once, believed never; the object it is about is asked for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.cards import CardSetup
from portal.cards.models.charge import Charge, ProcessorEvent
from portal.cards.operations.charging import charge_when_ready
from portal.cards.queries.cards import list_contracts_to_charge, list_stale_charges, list_stale_setups
from portal.cards.rules.cards import CHARGE, CHECK_SETUP, ChargeState
from portal.cards.rules.disputes import ECHOES, TAKE_EVENT, goes_back
from portal.gateways.cards.messages import ChargeReport
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import Payer, PaymentSource
from portal.shared import queue
from portal.shared.auth import Role
from portal.shared.queueing import insert_once
from portal.tasks.operations import open_or_mention

LOOK_WITHIN = timedelta(days=1)


def record_event(
    session: Session,
    *,
    event_id: str,
    kind: str,
    object_id: str,
    key: str,
    happened_at: datetime,
    now: datetime,
    charge: str = "",
    facts: Mapping[str, Any] = MappingProxyType({}),
) -> bool:
    """Keep a verified event and have its object asked for; False when it came before (S1).

    Which change it tells of does not matter, so neither does the order events come in. Of money that goes
    back (`charge` is what of) a job takes what it says. What is not understood is for finance to look at.
    """
    work = dict(_work_of(session, object_id, key))
    is_back = charge != "" and goes_back(kind)
    values = {
        "event_id": event_id,
        "kind": kind,
        "object_id": object_id,
        "happened_at": happened_at,
        "received_at": now,
        "understood": bool(work) or is_back or kind in ECHOES,
        "charge_reference": charge,
        "facts": dict(facts),
    }
    if not insert_once(session, ProcessorEvent, key="event_id", values=values):
        return False
    if not values["understood"]:
        _ask_finance(session, event_id=event_id, kind=kind, object_id=object_id, now=now)
    if is_back:
        event = select(ProcessorEvent.id).where(ProcessorEvent.event_id == event_id)
        work[TAKE_EVENT] = session.scalars(event).one()
    for job, subject_id in work.items():
        queue.enqueue(session, job, subject_id=subject_id, now=now)
    return True


def _ask_finance(session: Session, *, event_id: str, kind: str, object_id: str, now: datetime) -> None:
    """One task for a kind of event while it is open, with every event that came."""
    open_or_mention(
        session,
        cause=f"card-event:{kind}",
        said=[f"Aviso {event_id}" + (f", sobre {object_id}" if object_id else "")],
        team=Role.FINANCE,
        title=f"Aviso da operadora de cartão que não entendemos: {kind}",
        detail=f"A operadora de cartão mandou avisos do tipo “{kind}”, que o portal não entende: nada foi "
        "feito com eles.\nVeja no painel da operadora o que são. Se falam de dinheiro (cobrança, devolução, "
        "contestação), confira o pagamento no portal e passe o tipo do aviso a quem mantém o portal. Se não "
        "importam, peça que este tipo seja desligado na operadora, em webhooks.",
        due_at=now + LOOK_WITHIN,
        now=now,
    )


def _work_of(session: Session, object_id: str, key: str) -> Iterator[tuple[str, int]]:
    """What of ours an object of the processor is, by the job that asks about it."""
    charge = select(Charge.id).where((Charge.processor_charge == object_id) | (Charge.key == key))
    setup = select(CardSetup.id).where((CardSetup.processor_setup == object_id) | (CardSetup.key == key))
    for job, known in ((CHARGE, charge), (CHECK_SETUP, setup)):
        if (subject_id := session.scalar(known)) is not None:
            yield job, subject_id


def sweep(session: Session, *, now: datetime) -> tuple[int, int, int]:
    """Ask for what nobody told us about: takings of cards, charges, and charges never begun (S6)."""
    setups, charges = list_stale_setups(session, now=now), list_stale_charges(session, now=now)
    for setup_id in setups:
        queue.enqueue(session, CHECK_SETUP, subject_id=setup_id, now=now)
    for charge_id in charges:
        queue.enqueue(session, CHARGE, subject_id=charge_id, now=now)
    begun = [
        charge_when_ready(session, contract_id=contract_id, now=now)
        for contract_id in list_contracts_to_charge(session)
    ]
    return len(setups), len(charges), len([charge for charge in begun if charge])


def compare(
    session: Session, *, succeeded: Iterable[ChargeReport], since: datetime, now: datetime
) -> list[str]:
    """Compare the processor's succeeded charges with our payments (S7).

    One of ours that we did not hear of is asked for; money that is not ours to name is parked for finance.
    What differs, as lines for the operator; none of it is personal.
    """
    found, differences = set[str](), list[str]()
    for report in succeeded:
        found.add(report.id)
        if _is_received(session, report.id):
            continue
        differences.append(f"{report.id} was charged and is not among our payments")
        charge_id = session.scalar(select(Charge.id).where(Charge.key == report.key)) if report.key else None
        if charge_id is not None:
            queue.enqueue(session, CHARGE, subject_id=charge_id, now=now)
        else:
            _park(session, report, now=now)
    ours = session.scalars(
        select(Charge.processor_charge).where(
            Charge.state == ChargeState.SUCCEEDED, Charge.settled_at > since
        )
    )
    for reference in ours:
        if reference and reference not in found:
            differences.append(f"{reference} is among our payments and was not charged")
    return differences


def _is_received(session: Session, reference: str) -> bool:
    known = select(Payment.id).where(Payment.source == PaymentSource.CARD, Payment.external_id == reference)
    return session.scalar(known) is not None


def _park(session: Session, report: ChargeReport, *, now: datetime) -> None:
    receive_payment(
        session,
        source=PaymentSource.CARD,
        external_id=report.id,
        invoice_id=None,
        amount_cents=report.amount_cents,
        currency=report.currency,
        paid_at=report.paid_at or now,
        payer=Payer(),
        facts={"found_by": "comparison"},
        now=now,
    )
