"""Refused cards that are tried again: which, and on which day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased, joinedload

from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import LIVE_CHARGE, ChargeState, next_try_on
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.settings import queries as settings
from portal.settings.rules import CARD_RETRIES
from portal.shared.clock import day_of


def list_retries(session: Session, *, today: date, limit: int) -> Sequence[tuple[int, Card]]:
    """Open invoices whose refused card is tried again today, with that card; customer by customer.

    Not while a charge of the invoice is under way, nor while a boleto of its contract is being settled.
    """
    live = aliased(Charge)
    days = _days(session)
    codes = func.array_agg(aggregate_order_by(Charge.reason, Charge.id.desc()))
    refused = session.execute(
        select(Charge.invoice_id, Card, func.min(Charge.settled_at), func.count(), codes)
        .join(Card, Card.id == Charge.card_id)
        .join(Invoice, Invoice.id == Charge.invoice_id)
        .where(
            Charge.state == ChargeState.DECLINED,
            Card.replaced_at.is_(None),
            Card.billed_to == Invoice.billed_to,
            Invoice.state == InvoiceState.OPEN,
            ~select(live.id).where(live.invoice_id == Invoice.id, live.state.in_(LIVE_CHARGE)).exists(),
            ~func.is_boleto_settling(Invoice.contract_id),
        )
        .group_by(Charge.invoice_id, Card.id, Charge.customer_id)
        .having(func.count() <= len(days))
        .order_by(Charge.customer_id, Charge.invoice_id)
    )
    found = []
    for invoice_id, card, first, times, (code, *_before) in refused:
        refused_on = day_of(first) if first else today  # whatever was refused is settled
        day = next_try_on(first_refused_on=refused_on, times=times, code=code, days=days)
        if day is not None and day <= today:
            found.append((invoice_id, card))
    return found[:limit]


def next_try_of(session: Session, refusal: Charge) -> date | None:
    """When the card of a refused charge, whose invoice is open, is tried again; None when it is not."""
    same = _refusals().where(Charge.invoice_id == refusal.invoice_id, Charge.card_id == refusal.card_id)
    refused_at = [charge.settled_at for charge in session.scalars(same.order_by(Charge.id))]
    if not refused_at or refused_at[0] is None:
        return None
    return next_try_on(
        first_refused_on=day_of(refused_at[0]),
        times=len(refused_at),
        code=refusal.reason,
        days=_days(session),
    )


def _days(session: Session) -> list[int]:
    chosen = settings.values(session)
    return [chosen[name] for name in CARD_RETRIES]


def _refusals() -> Select[Charge]:
    return (
        select(Charge)
        .join(Card, Card.id == Charge.card_id)
        .where(Charge.state == ChargeState.DECLINED, Card.replaced_at.is_(None))
        .options(joinedload(Charge.card))
    )
