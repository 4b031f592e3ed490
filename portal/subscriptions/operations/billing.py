"""How far contracts are billed, and which are passed by."""

from collections.abc import Collection, Mapping
from datetime import date
from itertools import count

from sqlalchemy import ColumnElement, Update, case, func, null, or_, select, update
from sqlalchemy.orm import Session

from portal.shared.refusals import Missing
from portal.subscriptions.models import Coverage, Subscription
from portal.subscriptions.queries.periods import period_of
from portal.subscriptions.queries.reading import find_subscription
from portal.subscriptions.rules import Place, due_within, period_with


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


def move_payments(session: Session, *, subscription: Subscription, place: Place, next_number: int) -> None:
    """Have a locked subscription's payments stand in another place; `next_number` is billed next.

    The change of its due day is written before: the database asks for it.
    """
    subscription.move(place)
    subscription.next_number = next_number
    due_on = place.period(next_number).due_on
    subscription.next_due_on = due_within(due_on, subscription.bills_until)
    session.flush()


def advancing(condition: ColumnElement[bool]) -> Update:
    """Have every subscription that is billed on and meets a condition go on to its following payment."""
    following = Subscription.next_number + 1
    due_on = select(period_of(following).c.due_on).scalar_subquery()
    goes_on = or_(Subscription.bills_until.is_(None), due_on <= Subscription.bills_until)
    return (
        update(Subscription)
        .where(Subscription.next_due_on.is_not(None), condition)
        .values(next_number=following, next_due_on=case((goes_on, due_on), else_=null()))
        .execution_options(synchronize_session=False)
    )


def resume(session: Session, subscription_ids: Collection[int], *, today: date) -> None:
    """Bill locked subscriptions again that were suspended: from the first period that is not over or covered.

    What would have been due for the time in between is not billed.
    """
    if not subscription_ids:
        return
    statement = select(Subscription).where(Subscription.id.in_(subscription_ids)).order_by(Subscription.id)
    subscriptions = session.scalars(statement.execution_options(populate_existing=True)).all()
    contracts = [subscription.contract_id for subscription in subscriptions]
    ends = (
        select(Coverage.contract_id, func.max(Coverage.covers_until))
        .where(Coverage.contract_id.in_(contracts), Coverage.taken_back_at.is_(None))
        .group_by(Coverage.contract_id)
    )
    covered = dict(session.execute(ends).all())
    for subscription in subscriptions:
        after = covered.get(subscription.contract_id) or date.min
        number = subscription.next_number
        period = period_with(subscription.place, number=number, day=today, after=after)
        if period.number > number:
            subscription.next_number = period.number
            if subscription.ended_at is None:
                subscription.next_due_on = due_within(period.due_on, subscription.bills_until)
    session.flush()


def park(session: Session, *, reasons: Mapping[int, str]) -> None:
    """Have billing pass subscriptions by, each for its reason, until somebody lets it go on."""
    if reasons:
        rows = [{"id": subscription_id, "parked_reason": why} for subscription_id, why in reasons.items()]
        session.execute(update(Subscription), rows)


def unpark(session: Session, *, contract_id: int) -> tuple[Subscription, str | None]:
    """Let billing try a contract again; why it was passed by, None when it was not.

    Raises:
        Missing: it has no subscription.
    """
    subscription = find_subscription(session, contract_id, for_update=True)
    if subscription is None:
        raise Missing("Não encontramos esta mensalidade.")
    reason, subscription.parked_reason = subscription.parked_reason, None
    session.flush()
    return subscription, reason
