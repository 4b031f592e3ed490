"""Reads of subscriptions and of what a payment of theirs is made of."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, and_, case, cast, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from calculator import ChargedLine
from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE, ContractState
from portal.shared.refusals import Missing
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.models.subscription import SPLIT
from portal.subscriptions.rules import FIRST_VERSION


def find_subscription(session: Session, contract_id: int, *, for_update: bool = False) -> Subscription | None:
    """What a contract is billed; None before it is active. `for_update`: read afresh, under its lock."""
    statement = select(Subscription).where(Subscription.contract_id == contract_id)
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def get_subscription(session: Session, contract_id: int) -> Subscription:
    """What a contract that is or was active is billed. Raises `Missing`."""
    subscription = find_subscription(session, contract_id)
    if subscription is None:
        raise Missing("Este contrato ainda não está ativo.")
    return subscription


def find_unbilled_contracts(session: Session) -> Sequence[int]:
    """Contracts in force without a subscription that goes on, and ended ones with one that does."""
    in_force, goes_on = Contract.state.in_(IN_FORCE), Subscription.ended_at.is_(None)
    broken = or_(
        and_(in_force, or_(Subscription.id.is_(None), ~goes_on)),
        and_(Contract.state == ContractState.ENDED, goes_on),
    )
    return session.scalars(
        select(Contract.id)
        .outerjoin(Subscription, Subscription.contract_id == Contract.id)
        .where(broken)
        .order_by(Contract.id)
    ).all()


def list_charged_lines(
    session: Session, subscription: Subscription, *, number: int, due_on: date, shift: int | None = None
) -> tuple[ChargedLine, ...]:
    """The lines of one payment of one subscription: what `lines_of_payment` gives for many.

    `shift`: where its payments would stand in their terms, if not as they do (see `Place`).
    """
    in_terms = number + (subscription.place_shift if shift is None else shift)
    return tuple(
        ChargedLine(line.code, line.label, line.quantity, line.price.of_payment(in_terms, line.payments))
        for line in list_lines_on(session, subscription.id, due_on=due_on)
        if line.is_charged_with(number)
    )


def list_lines_on(session: Session, subscription_id: int, *, due_on: date) -> Sequence[SubscriptionLine]:
    """The set of lines that holds for what is due on a day, the first one for what was due before it did."""
    lines = session.scalars(
        select(SubscriptionLine)
        .where(SubscriptionLine.subscription_id == subscription_id)
        .order_by(SubscriptionLine.version, SubscriptionLine.position)
    ).all()
    version = max((line.version for line in lines if line.valid_from <= due_on), default=FIRST_VERSION)
    return [line for line in lines if line.version == version]


def lines_of_payment(
    number: ColumnElement[int] = Subscription.next_number.expression,
    due_on: ColumnElement[Any] = Subscription.next_due_on.expression,
) -> Select[*tuple[Any, ...]]:
    """The lines of one payment of each subscription, with their waterfall, to the centavo.

    A statement of sets: narrow it by `Subscription`. Unless said, it is the next payment; the lines are those
    that hold on `due_on`, the first ones for what was due before they did. The amounts are the calculator's:
    cost, central fee, vendor's share and repasse add up to `amount_cents`. `of_term_cents` is what a
    line is over the whole term, 0 of one that is charged once. Ordered by subscription and line.
    """
    line = SubscriptionLine
    holds = _version_that_holds(due_on)
    in_terms = number + Subscription.place_shift - 1
    price, cost, fee, share = (_part(name, in_terms) for name in SPLIT)
    return (
        select(
            Subscription.id.label("subscription_id"),
            Subscription.contract_id,
            number.label("number"),
            line.position,
            line.code,
            line.label,
            line.quantity,
            price.label("amount_cents"),
            cost.label("cost_cents"),
            fee.label("central_fee_cents"),
            share.label("vendor_share_cents"),
            (price - cost - fee - share).label("repasse_cents"),
            case((line.last_number.is_(None), line.price_total_cents), else_=0).label("of_term_cents"),
        )
        .select_from(Subscription)
        .join(holds, true())
        .join(line, and_(line.subscription_id == Subscription.id, line.version == holds.c.version))
        .where(line.first_number <= number, or_(line.last_number.is_(None), line.last_number >= number))
        .order_by(Subscription.id, line.position)
    )


def _version_that_holds(due_on: ColumnElement[Any]) -> FromClause:
    """The version of a subscription's lines for what is due on a day.

    To be joined, not compared with: a comparison is computed again for each line, which took half of a run.
    """
    later = aliased(SubscriptionLine)
    return (
        select(func.coalesce(func.max(later.version), FIRST_VERSION).label("version"))
        .where(later.subscription_id == Subscription.id, later.valid_from <= due_on)
        .correlate(Subscription)
        .lateral("holds")
    )


def _part(name: str, in_terms: ColumnElement[int]) -> ColumnElement[int]:
    """What `EqualParts.of_payment` gives; PostgreSQL keeps the sign of what is divided, hence the sum."""
    columns = SubscriptionLine.__table__.c
    part, spare, dealt = (columns[f"{name}_{what}"] for what in ("part_cents", "spare", "dealt"))
    count = SubscriptionLine.payments
    return part + cast((in_terms % count + count - dealt) % count < spare, Integer)
