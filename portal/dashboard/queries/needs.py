"""What waits for a reseller: each kind by its own index range, together in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.contracts.rules.states import NEVER_ACTIVE, ContractState
from portal.customers.models import Customer
from portal.dashboard.rules import (
    DRAFT_IS_OLD_AFTER,
    EXPIRES_SOON_DAYS,
    FORGOTTEN_AFTER,
    Need,
    Situation,
    why_needed,
)
from portal.partners.queries.actors import visible_to
from portal.quotes.models import Approval, ProposalView, Quote, QuoteVersion
from portal.quotes.queries.labels import alternatives_beside
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.states import ApprovalState, QuoteState
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.users.models import User

STATES = {
    Need.ACCEPTED: QuoteState.ACCEPTED,
    Need.NOT_SIGNED: QuoteState.CONTRACTED,
    Need.COUNTERED: QuoteState.COUNTERED,
    Need.APPROVED: QuoteState.APPROVED,
    Need.EXPIRING: QuoteState.SENT,
    Need.REJECTED: QuoteState.REJECTED,
    Need.VIEWED: QuoteState.SENT,
    Need.OLD_DRAFT: QuoteState.DRAFT,
}
NOBODY_SIGNED = (ContractState.DECLINED, ContractState.EXPIRED)
STILL_THERE = tuple(state for state in ContractState if state not in NEVER_ACTIVE)
ANYTHING_ELSE = tuple(state for state in ContractState if state not in NOBODY_SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedEntry:
    """A quote that waits for its seller, and why."""

    need: Need
    state: QuoteState
    quote_id: int
    label: str
    customer: str
    owner: str
    amount_cents: int
    why: str


def list_needs(
    session: Session, *, actor: Actor, owner_id: int | None, now: datetime, limit: int
) -> list[NeedEntry]:
    """Up to `limit` quotes that wait, of one owner or of all the person sees, the most urgent first.

    What nobody touched for 30 days is left to the lists. Alternatives of a proposal count once. One
    statement.
    """
    kinds = [_candidates(need, actor, owner_id, now=now, limit=limit) for need in Need]
    waiting = union_all(*(select(kind.c.need, kind.c.version_id) for kind in kinds)).subquery()
    rows = sorted(session.execute(_with_facts(waiting)), key=_urgency)
    return [_entry(row, now) for row in rows[:limit]]


def _candidates(need: Need, actor: Actor, owner_id: int | None, *, now: datetime, limit: int) -> Subquery:
    state = STATES[need]
    statement = (
        select(literal(need.value).label("need"), QuoteVersion.id.label("version_id"))
        .join(Quote, Quote.id == QuoteVersion.quote_id)
        .where(
            QuoteVersion.is_live,
            QuoteVersion.state == state,
            visible_to(actor, QuoteVersion.partner_id),
            QuoteVersion.changed_at > now - FORGOTTEN_AFTER,
            *_conditions(need, now),
            ~_follows_another(state),
        )
        .limit(limit)
    )
    if owner_id is not None:
        statement = statement.where(QuoteVersion.owner_id == owner_id)
    if need is Need.EXPIRING:
        return statement.order_by(QuoteVersion.expires_on, QuoteVersion.id).subquery()
    return statement.order_by(QuoteVersion.changed_at.desc(), QuoteVersion.id.desc()).subquery()


def _conditions(need: Need, now: datetime) -> tuple[ColumnElement[bool], ...]:
    soon = day_of(now) + timedelta(days=EXPIRES_SOON_DAYS)
    match need:
        case Need.ACCEPTED:  # whose contract was given up waits for nobody
            return (~(_contract(NEVER_ACTIVE) & ~_contract(STILL_THERE)),)
        case Need.NOT_SIGNED:
            return (_contract(NOBODY_SIGNED), ~_contract(ANYTHING_ELSE))
        case Need.EXPIRING:
            return (QuoteVersion.expires_on >= day_of(now), QuoteVersion.expires_on <= soon)
        case Need.VIEWED:
            was_seen = exists().where(ProposalView.proposal_id == Quote.proposal_id)
            return (QuoteVersion.expires_on > soon, was_seen)
        case Need.OLD_DRAFT:
            return (QuoteVersion.changed_at < now - DRAFT_IS_OLD_AFTER,)
        case _:
            return ()


def _contract(states: Collection[ContractState]) -> ColumnElement[bool]:
    """Whether there is a contract of this very version in one of these states."""
    return exists().where(
        Contract.quote_id == QuoteVersion.quote_id,
        Contract.version_id == QuoteVersion.id,
        Contract.state.in_(states),
    )


@cache  # writing the expression anew takes longer than reading the rows
def _follows_another(state: QuoteState) -> ColumnElement[bool]:
    """Whether an earlier alternative of the same proposal stands in the same state."""
    beside, version = aliased(Quote), aliased(QuoteVersion)
    return (
        exists()
        .where(
            beside.proposal_id == Quote.proposal_id,
            beside.alternative < Quote.alternative,
            version.quote_id == beside.id,
            version.is_live,
            version.state == state,
        )
        .correlate(Quote)
    )


def _with_facts(waiting: Subquery) -> Select[*tuple[Any, ...]]:
    decider, owner = _people()
    answered = (ApprovalState.COUNTERED, ApprovalState.REJECTED)
    seen_at = (
        select(func.max(ProposalView.at))
        .where(ProposalView.proposal_id == Quote.proposal_id)
        .correlate(Quote)
        .scalar_subquery()
    )
    return (
        select(
            waiting.c.need,
            QuoteVersion.quote_id,
            QuoteVersion.state,
            QuoteVersion.negotiated_cents,
            QuoteVersion.expires_on,
            QuoteVersion.changed_at,
            Quote.proposal_id,
            Quote.alternative,
            alternatives_beside().label("alternatives"),
            Customer.display_name.label("customer"),
            owner.name.label("owner"),
            Approval.counter_cents,
            Approval.reason,
            decider.name.label("decider"),
            seen_at.label("seen_at"),
            _ended_at().label("ended_at"),
        )
        .join(QuoteVersion, QuoteVersion.id == waiting.c.version_id)
        .join(Quote, Quote.id == QuoteVersion.quote_id)
        .join(Customer, Customer.id == QuoteVersion.customer_id)
        .join(owner, owner.id == Quote.owner_id)
        .outerjoin(Approval, (Approval.version_id == QuoteVersion.id) & Approval.state.in_(answered))
        .outerjoin(decider, decider.id == Approval.decided_by_id)
    )


@cache
def _people() -> tuple[type[User], type[User]]:
    """Who decided about a quote and whose it is."""
    return aliased(User), aliased(User)


def _ended_at() -> ScalarSelect[Any]:
    """When the last contract of a version was dropped."""
    of_version = (Contract.quote_id == QuoteVersion.quote_id, Contract.version_id == QuoteVersion.id)
    return select(func.max(Contract.closed_at)).where(*of_version).correlate(QuoteVersion).scalar_subquery()


def _urgency(row: Row[*tuple[Any, ...]]) -> tuple[int, float, int]:
    """By kind; what expires first, else what changed last."""
    need = Need(row.need)
    since = row.expires_on.toordinal() if need is Need.EXPIRING else -row.changed_at.timestamp()
    return list(Need).index(need), since, row.quote_id


def _entry(row: Row[*tuple[Any, ...]], now: datetime) -> NeedEntry:
    need = Need(row.need)
    situation = Situation(
        changed_at=row.changed_at,
        expires_on=row.expires_on,
        answered_by=row.decider,
        counter_cents=row.counter_cents,
        reason=row.reason or "",
        seen_at=row.seen_at,
        ended_at=row.ended_at,
    )
    return NeedEntry(
        need=need,
        state=row.state,
        quote_id=row.quote_id,
        label=quote_label(row.proposal_id, row.alternative, alternatives=row.alternatives),
        customer=row.customer,
        owner=row.owner,
        amount_cents=row.negotiated_cents,
        why=why_needed(need, situation, now=now, today=day_of(now)),
    )
