"""What a pause of a subscription would be, and with which payment it may end before its time."""

from datetime import date, timedelta
from typing import NamedTuple

from portal.subscriptions.models import Subscription, SubscriptionPause

A_DAY = timedelta(days=1)


class PausePlan(NamedTuple):
    """What a pause would be: its days, both included, and when billing goes on."""

    first_number: int
    next_number: int
    paused_from: date
    paused_until: date
    next_due_on: date


def plan_pause(subscription: Subscription, *, months: int) -> PausePlan:
    """The pause of a subscription that pays month by month: so many months after what is billed already."""
    first, following = subscription.next_number, subscription.next_number + months
    goes_on = subscription.place.period(following)
    return PausePlan(
        first_number=first,
        next_number=following,
        paused_from=subscription.place.period(first).starts_on,
        paused_until=goes_on.starts_on - A_DAY,
        next_due_on=goes_on.due_on,
    )


def first_to_resume(subscription: Subscription, row: SubscriptionPause, *, today: date) -> int | None:
    """The payment of the first whole month of a pause that has not begun; None when there is none, or when
    what follows the pause is billed already.
    """
    if row.resumed_at is not None or subscription.next_number != row.planned_number:
        return None
    period = subscription.place.period
    numbers = range(row.first_number, row.planned_number)
    return next((number for number in numbers if period(number).starts_on >= today), None)
