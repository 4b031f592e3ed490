"""Charging cards by the calendar, what falls due and what was refused: many at once; each call is a job."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.queries.due import list_invoices_to_charge, lock_chargeable
from portal.cards.queries.retries import list_retries
from portal.cards.rules.cards import CHARGE, ChargeState
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import DueToday, due_of_each
from portal.shared import audit
from portal.shared.arrays import TEXTS
from portal.shared.clock import day_of
from portal.shared.queue import enqueue_each
from portal.shared.queueing import insert_rows

AT_ONCE = 1_000


def charge_due_invoices(session: Session, *, now: datetime) -> int:
    """Begin the charges of invoices due today or before; how many, at most `AT_ONCE`.

    As `start_charge` does for one, in as many statements for a thousand. What was paid, charged or is being
    settled by boleto since it was listed is left out.
    """
    found = list_invoices_to_charge(session, today=day_of(now), limit=AT_ONCE)
    return _charge_each(session, {invoice_id: card for invoice_id, card in found}, again=False, now=now)  # noqa: C416


def retry_charges(session: Session, *, now: datetime) -> int:
    """Charge refused cards again whose day, by the settings, has come; how many, at most `AT_ONCE`."""
    found = list_retries(session, today=day_of(now), limit=AT_ONCE)
    return _charge_each(session, dict(found), again=True, now=now)


def _charge_each(session: Session, cards: Mapping[int, Card], *, again: bool, now: datetime) -> int:
    """Begin a charge for each invoice, by id, that its card is still to pay; how many."""
    audit.lock_streams(session, [card.customer_id for card in cards.values()])
    invoices = lock_chargeable(session, sorted(cards), again=again)
    costs = due_of_each(session, invoices, day_of(now))
    charges = [
        _charge(invoice, card_id=cards[invoice.id].id, due=due, now=now)
        for invoice, due in zip(invoices, costs, strict=True)
    ]
    insert_rows(session, Charge, charges)
    keys = literal([charge["key"] for charge in charges], TEXTS)
    if charges:
        ids = session.scalars(select(Charge.id).where(Charge.key == any_(keys)).order_by(Charge.id)).all()
        enqueue_each(session, CHARGE, subject_ids=ids, now=now)
    return len(charges)


def _charge(invoice: Invoice, *, card_id: int, due: DueToday, now: datetime) -> dict[str, Any]:
    return {
        "key": f"charge:{uuid4().hex}",
        "partner_id": invoice.partner_id,
        "customer_id": invoice.customer_id,
        "contract_id": invoice.contract_id,
        "billed_to": invoice.billed_to,
        "invoice_id": invoice.id,
        "card_id": card_id,
        "amount_cents": due.total_cents,
        "late_cents": due.charges_cents,
        "by_payer": False,
        "currency": invoice.currency,
        "state": ChargeState.CREATED,
        "secret": "",
        "reason": "",
        "created_at": now,
    }
