"""Refused cards that are tried again: which, and on which day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ChargeState, next_try_on
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.settings import queries as settings
from portal.settings.rules import CARD_RETRIES
from portal.shared.clock import day_of


def list_refusals(session: Session) -> Sequence[Charge]:
    """The last refusal, with its card, of each open invoice and card still in use; customer by customer."""
    refusals = session.scalars(
        _refusals()
        .join(Invoice, Invoice.id == Charge.invoice_id)
        .where(Invoice.state == InvoiceState.OPEN)
        .order_by(Charge.customer_id, Charge.id)
    )
    return list({(refusal.invoice_id, refusal.card_id): refusal for refusal in refusals}.values())


def next_try_of(session: Session, refusal: Charge) -> date | None:
    """When the card of a refused charge, whose invoice is open, is tried again; None when it is not."""
    same = _refusals().where(Charge.invoice_id == refusal.invoice_id, Charge.card_id == refusal.card_id)
    refused_at = [charge.settled_at for charge in session.scalars(same.order_by(Charge.id))]
    if not refused_at or refused_at[0] is None:
        return None
    chosen = settings.values(session)
    return next_try_on(
        first_refused_on=day_of(refused_at[0]),
        times=len(refused_at),
        code=refusal.reason,
        days=[chosen[name] for name in CARD_RETRIES],
    )


def _refusals() -> Select[Charge]:
    return (
        select(Charge)
        .join(Card, Card.id == Charge.card_id)
        .where(Charge.state == ChargeState.DECLINED, Card.replaced_at.is_(None))
        .options(joinedload(Charge.card))
    )
