"""Charging what falls due to the cards that pay it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.operations.charging import start_charge
from portal.cards.queries.due import list_invoices_to_charge
from portal.shared.clock import day_of

AT_ONCE = 200


def charge_due_invoices(session: Session, *, now: datetime) -> int:
    """Begin the charges of invoices due today or before; how many, at most `AT_ONCE`."""
    due = list_invoices_to_charge(session, today=day_of(now), limit=AT_ONCE)
    charges = [start_charge(session, invoice_id=invoice_id, card=card, now=now) for invoice_id, card in due]
    return sum(charge is not None for charge in charges)
