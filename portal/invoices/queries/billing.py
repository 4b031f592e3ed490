"""What a billing run finds to do, as statements of sets.

A `DueSet` names a part of all subscriptions; the statements here and in `operations/billing_sets.py` are over
the whole of it. What they compute is the calculator's: periods by `billing_period`, the SQL function beside
`calculator.billing_period`, amounts by `lines_of_payment`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.invoices.models import Invoice
from portal.invoices.rules.billing import NextPayment
from portal.subscriptions.models import Subscription, SubscriptionPrice
from portal.subscriptions.queries.reading import lines_of_payment
from portal.subscriptions.rules import BILLED_ALWAYS, UNPAID, BilledTo


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSet:
    """Subscriptions whose next payment falls due until a day: all of them, or those in a range of ids.

    What is parked is not among them, nor what is not billed while it is suspended. A statement that is built
    once for all sets has parameters for values.
    """

    due_until: date | BindParameter[date]
    first_id: int | BindParameter[int] | None = None
    last_id: int | BindParameter[int] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What a statement over `SET` is told of a range."""
        return {"due_until": self.due_until, "first_id": self.first_id, "last_id": self.last_id}

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether a subscription is of the set."""
        conditions = [
            Subscription.next_due_on <= self.due_until,
            Subscription.parked_reason.is_(None),
            or_(
                Subscription.service_state.not_in(UNPAID),
                Subscription.service_kind.in_(BILLED_ALWAYS),
            ),
        ]
        return and_(*conditions, self.is_in_range)

    @property
    def is_in_range(self) -> ColumnElement[bool]:
        """Whether a subscription is in the range of ids, due or not."""
        if self.first_id is None:
            return true()
        return Subscription.id.between(self.first_id, self.last_id)


# A set that a statement is told when it runs.
SET = DueSet(
    due_until=bindparam("due_until", type_=Date),
    first_id=bindparam("first_id", type_=BigInteger),
    last_id=bindparam("last_id", type_=BigInteger),
)


def sums_of(due: DueSet) -> Subquery:
    """What the next payment of each subscription comes to, and what the lines of its term do."""
    return sum_up(lines_of_payment().where(due.condition).order_by(None).subquery("lines"))


def sum_up(lines: FromClause) -> Subquery:
    """By subscription: `amount_cents` of lines of a payment, and `term_cents`, what those of the term are."""
    return (
        select(
            lines.c.subscription_id,
            func.sum(lines.c.amount_cents).cast(BigInteger).label("amount_cents"),
            func.sum(lines.c.of_term_cents).cast(BigInteger).label("term_cents"),
        )
        .group_by(lines.c.subscription_id)
        .subquery("sums")
    )


def agreed_cents() -> ColumnElement[int]:
    """What was agreed for a whole term of a subscription by its next payment, in centavos."""
    price = SubscriptionPrice
    of_partner = _agreed(price.cost_cents, price.cost_before_cents, Subscription.cost_cents)
    of_customer = _agreed(price.monthly_cents, price.monthly_before_cents, Subscription.monthly_cents)
    return case((Subscription.billed_to == BilledTo.PARTNER, of_partner), else_=of_customer) * (
        Subscription.months
    )


def _agreed(
    later: InstrumentedAttribute[Any], before: InstrumentedAttribute[Any], shown: InstrumentedAttribute[int]
) -> ColumnElement[int]:
    """A month by the price that holds when the next payment is due; `shown` where it never changed."""
    price = SubscriptionPrice
    own = price.subscription_id == Subscription.id
    holds = select(later).where(own, price.valid_from <= Subscription.next_due_on)
    began_with = select(before).where(own).order_by(price.version).limit(1)
    return func.coalesce(
        holds.order_by(price.version.desc()).limit(1).scalar_subquery(), began_with.scalar_subquery(), shown
    )


def fits(sums: Subquery) -> ColumnElement[bool]:
    """Whether a payment can be billed: it has a value, and its lines are what was agreed.

    By a plain equation PostgreSQL would join, and compute what was agreed twice.
    """
    is_agreed = (sums.c.term_cents == agreed_cents()).is_(true())
    return and_(sums.c.amount_cents > 0, is_agreed)


def is_invoiced() -> ColumnElement[bool]:
    """Whether the next payment of a subscription has its invoice already."""
    return exists().where(
        Invoice.contract_id == Subscription.contract_id,
        Invoice.installment_number == Subscription.next_number,
    )


def find_misfits(session: Session, due: DueSet) -> Iterator[NextPayment]:
    """The payments of a set that cannot be billed."""
    sums = sums_of(due)
    statement = (
        select(
            Subscription.id,
            Subscription.next_number,
            func.coalesce(sums.c.amount_cents, 0),
            func.coalesce(sums.c.term_cents, 0),
            agreed_cents(),
        )
        .outerjoin(sums, sums.c.subscription_id == Subscription.id)
        .where(due.condition, ~func.coalesce(fits(sums), False), ~is_invoiced())
        .order_by(Subscription.id)
    )
    return (NextPayment(*row) for row in session.execute(statement))
