"""A running subscription gets another price, from a payment on that is not billed yet."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from calculator import TermLine
from portal.subscriptions.models import Subscription, SubscriptionLine, SubscriptionPrice
from portal.subscriptions.operations.beginning import row_of_line

LOOKS_BACK = timedelta(days=60)  # how long an outage of the calendar may last


class NewPrice(NamedTuple):
    """What a subscription is charged from payment `number`, due on `valid_from`; centavos a month.

    The cost only where it changes too.
    """

    subscription_id: int
    number: int
    valid_from: date
    lines: Sequence[TermLine]
    payments: int
    monthly_cents: int
    repasse_cents: int
    monthly_before_cents: int
    cost_cents: int | None = None
    cost_before_cents: int | None = None


def write_prices(session: Session, prices: Sequence[NewPrice], *, now: datetime) -> None:
    """Write a new set of lines for each subscription, whose rows the caller has locked.

    Billing takes the newest set that holds on a due date; one of the same day takes the place of the one
    before. What the lists show changes on that day, see `show_prices`.
    """
    if not prices:
        return
    ids = [price.subscription_id for price in prices]
    newest = select(SubscriptionLine.subscription_id, func.max(SubscriptionLine.version)).where(
        SubscriptionLine.subscription_id.in_(ids)
    )
    found = session.execute(newest.group_by(SubscriptionLine.subscription_id)).all()
    versions: dict[int, int] = {subscription_id: version + 1 for subscription_id, version in found}
    rows: list[dict[str, Any]] = []
    for price in prices:
        same = {
            "subscription_id": price.subscription_id,
            "version": versions[price.subscription_id],
            "valid_from": price.valid_from,
        }
        for position, line in enumerate(price.lines, 1):
            row = row_of_line(line, payments=price.payments, first=price.number, last=None)
            rows.append(same | row | {"position": position})
    # One statement: the trigger that keeps a set as it was written asks for it.
    session.execute(insert(SubscriptionLine).values(rows))
    session.execute(
        insert(SubscriptionPrice),
        [
            {
                "subscription_id": price.subscription_id,
                "version": versions[price.subscription_id],
                "valid_from": price.valid_from,
                "monthly_cents": price.monthly_cents,
                "repasse_cents": price.repasse_cents,
                "monthly_before_cents": price.monthly_before_cents,
                "cost_cents": price.cost_cents,
                "cost_before_cents": price.cost_before_cents,
                "written_at": now,
            }
            for price in prices
        ],
    )


def show_prices(session: Session, *, today: date) -> int:
    """Have subscriptions show the price that holds today; how many changed. One statement."""
    price = SubscriptionPrice
    newest = (
        select(price.subscription_id, price.monthly_cents, price.repasse_cents, price.cost_cents)
        .ext(distinct_on(price.subscription_id))
        .where(price.valid_from.between(today - LOOKS_BACK, today))
        .order_by(price.subscription_id, price.version.desc())
        .subquery()
    )
    cost = func.coalesce(newest.c.cost_cents, Subscription.cost_cents)
    shown = session.execute(
        update(Subscription)
        .where(
            Subscription.id == newest.c.subscription_id,
            (Subscription.monthly_cents != newest.c.monthly_cents)
            | (Subscription.repasse_cents != newest.c.repasse_cents)
            | (Subscription.cost_cents != cost),
        )
        .values(monthly_cents=newest.c.monthly_cents, repasse_cents=newest.c.repasse_cents, cost_cents=cost)
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    )
    return len(shown.all())
