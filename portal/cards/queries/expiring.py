"""Cards that end soon and still pay for something."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from portal.cards.models.cards import Card
from portal.cards.queries.cards import card_in_use
from portal.cards.rules.cards import last_day_of_card
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.quotes.models import Quote
from portal.shared.payment_methods import Way
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import BilledTo


def list_expiring_cards(
    session: Session, *, first: date, last: date, after_id: int, limit: int
) -> Sequence[tuple[Card, Contract]]:
    """Customers' cards whose last day is within these days, each with the newest contract that it pays.

    In the order of their ids, from `after_id` on.
    """
    month, day_after = Card.exp_year * 12 + Card.exp_month, last + timedelta(days=1)
    found = session.execute(
        select(Card, Contract)
        .ext(distinct_on(Card.id))
        .join(Contract, Card.id == card_in_use(BilledTo.CUSTOMER))
        .join(Subscription, Subscription.contract_id == Contract.id)
        .where(
            Card.replaced_at.is_(None),
            Card.id > after_id,
            Contract.state == ContractState.ACTIVE,
            Subscription.payment_method == Way.CARD,
            month >= first.year * 12 + first.month,
            month < day_after.year * 12 + day_after.month,
        )
        .options(
            joinedload(Contract.customer).joinedload(Customer.partner),
            joinedload(Contract.customer).joinedload(Customer.signatory),
            joinedload(Contract.quote).joinedload(Quote.owner),
        )
        .order_by(Card.id, Contract.id.desc())
        .limit(limit)
    )
    return [(card, contract) for card, contract in found]


def is_in_use(session: Session, card: Card, *, today: date) -> bool:
    """Whether a card still pays for an active contract, and can until the end of its month."""
    if card.replaced_at is not None or last_day_of_card(month=card.exp_month, year=card.exp_year) < today:
        return False
    pays = select(Contract.id).where(
        Contract.customer_id == card.customer_id,
        Contract.state == ContractState.ACTIVE,
        card_in_use(BilledTo.CUSTOMER) == card.id,
    )
    return session.scalar(pays.limit(1)) is not None
