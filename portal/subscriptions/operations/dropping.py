"""Some services of a running contract end: they are billed no more."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from itertools import count
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import MonthlyLine, readjusted_term
from portal.catalog.queries import loaded_list
from portal.contracts.models import Contract
from portal.contracts.queries.reading import breakdown_of, load_contract
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription, SubscriptionLine, SubscriptionPrice
from portal.subscriptions.operations.pricing import NewPrice, show_prices, write_prices
from portal.subscriptions.queries.reading import find_subscription
from portal.subscriptions.rules import FIRST_VERSION, BilledTo

NO_INDEX = 0


class LineSet(NamedTuple):
    """A set of lines that goes on, and what it comes to a month, in centavos."""

    number: int
    valid_from: date
    lines: Sequence[SubscriptionLine]
    monthly_cents: int
    repasse_cents: int
    cost_cents: int


def drop_services(
    session: Session, *, contract_id: int, codes: Collection[str], last_day: date, now: datetime
) -> None:
    """Bill lines of these codes with no payment that begins after their last day.

    What is left is shared by the rule of the contract's price list. What was agreed for later, as a
    readjustment that is written already, holds without them.
    """
    contract = load_contract(session, contract_id)
    subscription = find_subscription(session, contract_id, for_update=True)
    if subscription is None or subscription.ended_at is not None:
        return
    number = next(
        each
        for each in count(subscription.next_number)
        if subscription.place.period(each).starts_on > last_day
    )
    for each in list(_sets(session, subscription, number)):
        if subscription.billed_to is BilledTo.CUSTOMER:
            price = _of_customer(session, contract, subscription, each, codes)
        else:
            price = _of_partner(contract, subscription, each, codes)
        write_prices(session, [price], now=now)
    show_prices(session, today=day_of(now))


def _sets(session: Session, subscription: Subscription, number: int) -> Iterator[LineSet]:
    """The set that holds with payment `number`, and those agreed for later, the earliest first."""
    found: dict[int, list[SubscriptionLine]] = {}
    for line in session.scalars(
        select(SubscriptionLine)
        .where(SubscriptionLine.subscription_id == subscription.id)
        .order_by(SubscriptionLine.version, SubscriptionLine.position)
    ):
        found.setdefault(line.version, []).append(line)
    prices = {
        price.version: price
        for price in session.scalars(
            select(SubscriptionPrice)
            .where(SubscriptionPrice.subscription_id == subscription.id)
            .order_by(SubscriptionPrice.version)
        )
    }
    due_on = subscription.place.period(number).due_on
    days = {due_on, *(lines[0].valid_from for lines in found.values() if lines[0].valid_from > due_on)}
    for day in sorted(days):
        version = max(
            (each for each, lines in found.items() if lines[0].valid_from <= day), default=FIRST_VERSION
        )
        lines = [line for line in found[version] if line.last_number is None]
        first = number if day == due_on else lines[0].first_number
        yield LineSet(first, day, lines, *_month_of(subscription, prices, version))


def _month_of(
    subscription: Subscription, prices: dict[int, SubscriptionPrice], version: int
) -> tuple[int, int, int]:
    """Price, repasse and cost of a month by the set of a version."""
    price = prices.get(version)
    if price is not None:
        return price.monthly_cents, price.repasse_cents, price.cost_cents or subscription.cost_cents
    return subscription.monthly_cents, subscription.repasse_cents, subscription.cost_cents


def _of_customer(
    session: Session, contract: Contract, subscription: Subscription, each: LineSet, codes: Collection[str]
) -> NewPrice:
    months = subscription.months
    term = readjusted_term(
        [
            MonthlyLine(
                line.code,
                line.label,
                line.quantity,
                line.price_total_cents // months,
                line.cost_total_cents // months,
            )
            for line in each.lines
            if line.code not in codes
        ],
        index_basis_points=NO_INDEX,
        arrangement=loaded_list(session, contract.version.price_list_id).arrangements[
            contract.version.arrangement
        ],
        months=months,
        payments=subscription.payments_in_term,
    )
    gone = sum(line.cost_cents for line in breakdown_of(contract).lines if line.code in codes)
    return NewPrice(
        subscription_id=subscription.id,
        number=each.number,
        valid_from=each.valid_from,
        lines=term.lines,
        payments=subscription.payments_in_term,
        monthly_cents=term.monthly_cents,
        repasse_cents=term.repasse_cents,
        monthly_before_cents=each.monthly_cents,
        cost_cents=each.cost_cents - gone,
        cost_before_cents=each.cost_cents,
    )


def _of_partner(
    contract: Contract, subscription: Subscription, each: LineSet, codes: Collection[str]
) -> NewPrice:
    """The partner is billed the cost; what its customer pays it less is what they agreed."""
    gone = [line for line in breakdown_of(contract).lines if line.code in codes]
    cost = sum(line.cost_cents for line in gone)
    return NewPrice(
        subscription_id=subscription.id,
        number=each.number,
        valid_from=each.valid_from,
        lines=[line.as_term_line for line in each.lines if line.code not in codes],
        payments=subscription.payments_in_term,
        monthly_cents=each.monthly_cents - sum(line.negotiated_cents for line in gone),
        repasse_cents=each.repasse_cents,
        monthly_before_cents=each.monthly_cents,
        cost_cents=each.cost_cents - cost,
        cost_before_cents=each.cost_cents,
    )
