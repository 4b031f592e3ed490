"""Bringing the state of subscriptions up to the facts: of one after a payment, of a thousand at night.

One way for both: the facts are read at once, the rule decides about each, and what follows is written in as
many statements for a thousand as for one. What is there already is not done again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.rules.states import OWED, invoice_label
from portal.overdue import notifications
from portal.overdue.models import OverdueNotice, Suspension
from portal.overdue.queries.facts import among, facts_of, overdue_limits
from portal.overdue.queries.reading import made_at
from portal.overdue.queries.trust import ended_releases
from portal.overdue.rules.lateness import OverdueFacts, ReleaseReason, Verdict, assess, reason_of_notice
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations.billing import resume
from portal.subscriptions.rules import BILLED_ALWAYS

type Judged = Sequence[tuple[OverdueFacts, Verdict]]


class Outcome(NamedTuple):
    """How many subscriptions came to another state, were given notice, suspended, released for good.

    `distrusted` are those whose release in trust has ended.
    """

    changed: int
    noticed: int
    suspended: int
    released: int
    distrusted: int

    @property
    def is_to_tell(self) -> bool:
        """Whether somebody is to be told of it."""
        return bool(self.noticed or self.suspended or self.distrusted)


def recompute(session: Session, subscription_ids: Collection[int], *, now: datetime) -> Outcome:
    """Give subscriptions the state the facts say, with notice, suspension or release where they do.

    Takes their contracts, then them. Who owes is told by `tell`.
    """
    today = day_of(now)
    rows = _lock(session, subscription_ids)
    limits = overdue_limits(session)
    facts = facts_of(session, rows.keys(), today=today)
    judged = [(each, assess(each, limits=limits, today=today)) for each in facts]
    noticed = _give_notice(session, judged, rows, now=now)
    suspended = _suspend(session, judged, rows, now=now)
    released = _release(session, judged, rows, now=now)
    distrusted = _follow_trust(session, judged, rows, now=now)
    return Outcome(_change_states(session, judged), noticed, suspended, released, distrusted)


def recompute_contract(session: Session, *, contract_id: int, now: datetime) -> None:
    """As `recompute`, of a contract whose row is taken, after what can only be for the better.

    What is in order stays so: one statement.
    """
    recompute_contracts(session, [contract_id], now=now)


def recompute_contracts(session: Session, contract_ids: Collection[int], *, now: datetime) -> None:
    """As `recompute_contract`, of many."""
    not_in_order = select(Subscription.id).where(
        among(Subscription.contract_id, contract_ids), Subscription.service_state != ServiceState.CURRENT
    )
    session.flush()
    if ids := session.scalars(not_in_order).all():
        outcome = recompute(session, ids, now=now)
        if outcome.is_to_tell:
            tell(session, ids, at=now, now=now)


def tell(session: Session, subscription_ids: Collection[int], *, at: datetime, now: datetime) -> None:
    """Queue the mails of what subscriptions were given notice of or suspended for at an instant, once; also
    of releases in trust that have ended.
    """
    notices, suspensions = made_at(session, subscription_ids, at)
    ended = ended_releases(session, subscription_ids, today=day_of(at))
    notifications.notices_given(session, notice_ids=notices, now=now)
    notifications.services_suspended(session, suspension_ids=suspensions, now=now)
    notifications.trust_ended(session, release_ids=ended, now=now)


def _lock(session: Session, ids: Collection[int]) -> dict[int, Any]:
    """The subscriptions with whose they are, locked in the order of their contracts and then of their own."""
    keys = select(
        Subscription.id, Subscription.contract_id, Subscription.partner_id, Subscription.customer_id
    )
    rows = {row.id: row for row in session.execute(keys.where(among(Subscription.id, ids)))}
    contracts = sorted(row.contract_id for row in rows.values())
    session.execute(
        select(Contract.id)
        .where(among(Contract.id, contracts))
        .order_by(Contract.id)
        .with_for_update(key_share=True)
    )
    session.execute(
        select(Subscription.id)
        .where(among(Subscription.id, rows))
        .order_by(Subscription.id)
        .with_for_update()
    )
    return rows


def _give_notice(session: Session, judged: Judged, rows: dict[int, Any], *, now: datetime) -> int:
    due = [(facts, verdict.notice_for) for facts, verdict in judged if verdict.notice_for]
    if not due:
        return 0
    reasons = _reasons(session, [facts.subscription_id for facts, _day in due], now=now)
    values = [
        _whose(rows[facts.subscription_id])
        | {
            "invoice_id": facts.invoice_id,
            "reason": reasons[facts.subscription_id],
            "amount_cents": facts.late_cents,
            "suspends_on": suspends_on,
            "noticed_at": now,
        }
        for facts, suspends_on in due
    ]
    session.execute(insert(OverdueNotice), values)
    return len(values)


def _suspend(session: Session, judged: Judged, rows: dict[int, Any], *, now: datetime) -> int:
    values = [
        _whose(rows[facts.subscription_id]) | {"notice_id": facts.notice_id, "suspended_at": now}
        for facts, verdict in judged
        if verdict.suspends
    ]
    if not values:
        return 0
    session.execute(insert(Suspension), values)
    _move_contracts(session, values, ContractState.ACTIVE, ContractState.SUSPENDED, now=now)
    return len(values)


def _release(session: Session, judged: Judged, rows: dict[int, Any], *, now: datetime) -> int:
    by_reason: defaultdict[ReleaseReason, list[int]] = defaultdict(list)
    released, resumed = [], []
    for facts, verdict in judged:
        if verdict.release is not None and facts.suspension_id is not None:
            by_reason[verdict.release].append(facts.suspension_id)
            released.append(_whose(rows[facts.subscription_id]))
            if facts.kind not in BILLED_ALWAYS and not facts.is_over:
                resumed.append(facts.subscription_id)
    for reason, ids in by_reason.items():
        session.execute(
            update(Suspension).where(among(Suspension.id, ids)).values(released_at=now, release_reason=reason)
        )
    if released:
        _move_contracts(session, released, ContractState.SUSPENDED, ContractState.ACTIVE, now=now)
        resume(session, resumed, today=day_of(now))
    return len(released)


def _follow_trust(session: Session, judged: Judged, rows: dict[int, Any], *, now: datetime) -> int:
    """The contract of a service goes with it, in trust and out of it; how many are out."""
    trusted, suspended = ServiceState.TRUSTED, ServiceState.SUSPENDED
    pairs = [(_whose(rows[facts.subscription_id]), facts.state, verdict.state) for facts, verdict in judged]
    begun = [whose for whose, before, after in pairs if (before, after) == (suspended, trusted)]
    over = [whose for whose, before, after in pairs if (before, after) == (trusted, suspended)]
    if begun:
        _move_contracts(session, begun, ContractState.SUSPENDED, ContractState.ACTIVE, now=now)
    if over:
        _move_contracts(session, over, ContractState.ACTIVE, ContractState.SUSPENDED, now=now)
    return len(over)


def _change_states(session: Session, judged: Judged) -> int:
    by_state: defaultdict[ServiceState, list[int]] = defaultdict(list)
    for facts, verdict in judged:
        if facts.state is not verdict.state:
            by_state[verdict.state].append(facts.subscription_id)
    for state, ids in by_state.items():
        session.execute(update(Subscription).where(among(Subscription.id, ids)).values(service_state=state))
    return sum(len(ids) for ids in by_state.values())


def _move_contracts(
    session: Session,
    of: Sequence[dict[str, Any]],
    before: ContractState,
    after: ContractState,
    *,
    now: datetime,
) -> None:
    """What is ending stays so: its last day is known, suspended or not."""
    ids = [each["contract_id"] for each in of]
    moved = update(Contract).where(among(Contract.id, ids), Contract.state == before)
    session.execute(moved.values(state=after, changed_at=now))


def _reasons(session: Session, ids: Sequence[int], *, now: datetime) -> dict[int, str]:
    """Why notice is given, in words."""
    late = (
        select(Subscription.id, Invoice.number, Invoice.due_on)
        .join(Invoice, Invoice.contract_id == Subscription.contract_id)
        .where(among(Subscription.id, ids), Invoice.state.in_(OWED), Invoice.due_on < day_of(now))
        .order_by(Subscription.id, Invoice.due_on, Invoice.id)
    )
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in session.execute(late):
        found[row.id].append(row)
    return {
        subscription_id: reason_of_notice(invoice_label(rows[0].number), rows[0].due_on, len(rows) - 1)
        for subscription_id, rows in found.items()
    }


def _whose(row: Any) -> dict[str, Any]:
    return {"contract_id": row.contract_id, "partner_id": row.partner_id, "customer_id": row.customer_id}
