"""How far a contract is billed."""

from collections.abc import Collection
from itertools import count

from sqlalchemy.orm import Session

from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import due_within


def record_billed(session: Session, *, subscription: Subscription, billed: Collection[int]) -> None:
    """Go on to the first payment that is not billed yet, of those whose numbers are `billed`.

    The contract's row is taken by the caller.
    """
    following = next(number for number in count(subscription.next_number) if number not in billed)
    if following == subscription.next_number:
        return
    subscription.next_number = following
    if subscription.ended_at is None:
        due_on = subscription.place.period(following).due_on
        subscription.next_due_on = due_within(due_on, subscription.bills_until)
    session.flush()
