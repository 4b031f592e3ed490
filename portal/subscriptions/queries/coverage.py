"""Reads of the coverage ledger."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import Function, Over, Select, exists, func, select, union
from sqlalchemy.orm import Session, aliased, joinedload

from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.queries.coverage import PaidTime, PaidTimeOf
from portal.contracts.queries.reading import bills_customer
from portal.contracts.rules.states import ContractKind
from portal.subscriptions.models import Coverage, Subscription
from portal.subscriptions.rules import FIRST


def released_until(session: Session, contract_id: int) -> date | None:
    """The last day a contract's service is released for; None before its first coverage."""
    return session.scalar(
        select(func.max(Coverage.grace_until)).where(
            Coverage.contract_id == contract_id, Coverage.taken_back_at.is_(None)
        )
    )


def list_coverages(session: Session, contract_id: int) -> Sequence[Coverage]:
    """The coverage rows of a contract with its subscription, pauses and free months, in their order."""
    subscription = joinedload(Coverage.subscription, innerjoin=True)
    unasked = joinedload(Subscription.pauses), joinedload(Subscription.free_months)
    found = session.scalars(
        select(Coverage)
        .where(Coverage.contract_id == contract_id, Coverage.taken_back_at.is_(None))
        .options(subscription.options(*unasked))
        .order_by(Coverage.number)
    )
    return found.unique().all()


def find_coverage(session: Session, contract_id: int, number: int) -> Coverage | None:
    """The time that payment `number` of a contract releases, as long as it is not taken back."""
    return session.scalar(
        select(Coverage).where(
            Coverage.contract_id == contract_id,
            Coverage.number == number,
            Coverage.taken_back_at.is_(None),
        )
    )


def covered_by(contract_ids: Collection[int], first: date, last: date) -> Select[int]:
    """The coverage rows of contracts that release any day from `first` to `last`."""
    return select(Coverage.id).where(
        Coverage.contract_id.in_(contract_ids),
        Coverage.covers_from <= last,
        Coverage.covers_until >= first,
        Coverage.taken_back_at.is_(None),
    )


def paid_time(session: Session, asked: PaidTimeOf) -> PaidTime | None:
    """Until when a loaded contract is paid and released, and when it is due again. One statement."""
    return paid_time_by(asked.contract, list_coverages(session, asked.contract.id))


def paid_time_by(contract: Contract, rows: Sequence[Coverage]) -> PaidTime | None:
    """Until when a loaded contract is paid by its coverage rows; None without any."""
    if not rows:
        return None
    paid = {row.number for row in rows}
    unpaid = next(number for number in count(FIRST) if number not in paid and not _is_skipped(number, rows))
    shows_next = contract.kind is not ContractKind.AMENDMENT
    pauses = [pause for pause in rows[0].subscription.pauses if pause.is_kept]
    return PaidTime(
        covered_until=max(row.covers_until for row in rows),
        released_until=max(row.grace_until for row in rows),
        next_due_on=rows[0].subscription.place.period(unpaid).due_on if shows_next else None,
        paused_from=pauses[-1].paused_from if pauses else None,
        paused_until=pauses[-1].paused_until if pauses else None,
    )


def _is_skipped(number: int, rows: Sequence[Coverage]) -> bool:
    """Whether a payment was never asked for: its time is that of a pause, given away, or of a suspension, or
    paid by what ended one.
    """
    if any(month.number == number for month in rows[0].subscription.free_months):
        return True
    if any(pause.has(number) for pause in rows[0].subscription.pauses):
        return True
    ends_on = rows[0].subscription.place.period(number).ends_on if number > FIRST else None
    return ends_on is not None and any(
        row.after_suspension and row.number < number and ends_on <= row.covers_until for row in rows
    )


def is_proportional(contract: Contract) -> bool:
    """Whether a loaded contract began with a part of a month, by the policy frozen in its version."""
    chosen = contract.version.first_period is FirstPeriodPolicy.PROPORTIONAL
    return chosen and bills_customer(contract) and contract.kind is not ContractKind.AMENDMENT


def find_broken_coverages(session: Session) -> Sequence[int]:
    """Contracts whose coverage rows overlap, or leave a gap between two payments (invariant M16).

    A gap that a suspension left is none, nor one whose payment went back.
    """
    in_force = select(
        Coverage.contract_id,
        Coverage.number,
        Coverage.covers_from,
        Coverage.after_suspension,
        _before(func.lag(Coverage.number)).label("number_before"),
        _before(func.lag(Coverage.covers_until)).label("until_before"),
        _before(func.max(Coverage.covers_until), rows=(None, -1)).label("until_so_far"),
    )
    rows = in_force.where(Coverage.taken_back_at.is_(None)).cte("in_order")
    overlap = select(rows.c.contract_id).where(rows.c.covers_from <= rows.c.until_so_far)
    follows = (rows.c.number == rows.c.number_before + 1) & ~rows.c.after_suspension
    taken = aliased(Coverage)
    went_back = exists().where(
        taken.contract_id == rows.c.contract_id,
        taken.taken_back_at.is_not(None),
        taken.covers_from <= rows.c.until_before + 1,
        taken.covers_until >= rows.c.covers_from - 1,
    )
    gap = select(rows.c.contract_id).where(follows, rows.c.covers_from > rows.c.until_before + 1, ~went_back)
    # As two sets: with OR between them, time taken back would be looked for again for each row.
    broken = union(overlap, gap).subquery()
    return session.scalars(select(broken.c.contract_id).order_by(broken.c.contract_id)).all()


def _before(of: Function[Any], *, rows: tuple[int | None, int | None] | None = None) -> Over[Any]:
    """Of the rows of the same contract that come before."""
    return of.over(partition_by=Coverage.contract_id, order_by=Coverage.number, rows=rows)
