"""Which card pays several invoices."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.cards.queries.cards import card_in_use
from portal.contracts.models import Contract
from portal.invoices.models import Invoice
from portal.subscriptions.rules import BilledTo


def card_of_all(session: Session, invoices: Sequence[Invoice]) -> Card | None:
    """The card in use by the contracts of all these invoices; None where one has none, or another."""
    contracts = {invoice.contract_id for invoice in invoices}
    cards = session.execute(
        select(Contract.id, Card)
        .join(Card, Card.id == card_in_use(BilledTo.CUSTOMER))
        .where(Contract.id.in_(contracts))
    ).all()
    found = {card.id: card for _contract_id, card in cards}
    return next(iter(found.values())) if len(cards) == len(contracts) and len(found) == 1 else None
