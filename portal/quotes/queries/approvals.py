"""The account manager's queue, and what they should know of a partner before answering."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.queries.labels import alternatives_beside
from portal.quotes.rules.approval import time_ago
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.states import ApprovalState, QuoteState
from portal.shared.auth import Actor, Role
from portal.shared.lists import COUNT_LIMIT
from portal.shared.refusals import Missing

SHOWN_AT_ONCE = 25
HISTORY, HISTORY_LENGTH = timedelta(days=180), 20  # bounded, so that a busy partner's costs no more


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """An open request with everything a decision needs.

    `version` has its quote, owner, customer and partner loaded, `approval` who asked.
    """

    approval: Approval
    version: QuoteVersion
    label: str
    age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerHistory:
    """How a partner's latest requests ended: at most 20, none older than 180 days; average discount asked."""

    asked: int = 0
    approved: int = 0
    countered: int = 0
    rejected: int = 0
    accepted_by_customer: int = 0
    average_discount_basis_points: int = 0


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """The condition that a request is open and this person may decide about it: never about one's own."""
    return and_(
        Approval.state == ApprovalState.PENDING,
        visible_to(actor, Approval.partner_id),
        Approval.owner_id != actor.user_id,
        Approval.requested_by_id != actor.user_id,
    )


def approval_queue(
    session: Session, *, actor: Actor, now: datetime, limit: int = SHOWN_AT_ONCE
) -> list[QueueEntry]:
    """Open requests this person may decide about, the oldest first, up to `limit`. One statement."""
    if actor.role not in (Role.ACCOUNT_MANAGER, Role.ADMIN):
        return []
    statement = _requests().where(waits_for(actor)).order_by(Approval.requested_at, Approval.id).limit(limit)
    return [_entry(*row, now=now) for row in session.execute(statement)]


def count_queue(session: Session, *, actor: Actor) -> int:
    """How many requests wait for this person, counted up to 1.001."""
    waiting = select(Approval.id).where(waits_for(actor)).limit(COUNT_LIMIT + 1)
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def get_approval(session: Session, approval_id: int, *, actor: Actor) -> Approval:
    """A request with who asked and who answered. Raises `Missing` for another's."""
    approval = session.scalar(
        select(Approval)
        .where(Approval.id == approval_id, visible_to(actor, Approval.partner_id))
        .options(joinedload(Approval.requested_by), joinedload(Approval.decided_by))
    )
    if approval is None:
        raise Missing("Não encontramos este pedido de aprovação.")
    return approval


def partner_history(
    session: Session, partner_ids: Collection[int], *, now: datetime
) -> dict[int, PartnerHistory]:
    """The history of each of these partners; one without requests has zeros. One statement."""
    recent = _recent_requests(partner_ids, now)
    live = aliased(QuoteVersion)
    won = live.state.in_((QuoteState.ACCEPTED, QuoteState.CONTRACTED))
    rows = session.execute(
        select(
            recent.c.partner_id,
            func.count(),
            _how_many(recent.c.state == ApprovalState.APPROVED),
            _how_many(recent.c.state == ApprovalState.COUNTERED),
            _how_many(recent.c.state == ApprovalState.REJECTED),
            _how_many(won),
            cast(func.round(func.avg(QuoteVersion.discount_basis_points)), Integer),
        )
        .join(QuoteVersion, QuoteVersion.id == recent.c.version_id)
        .join(live, (live.quote_id == recent.c.quote_id) & live.is_live)
        .group_by(recent.c.partner_id)
    )
    known = {
        partner_id: PartnerHistory(
            asked=asked,
            approved=approved,
            countered=countered,
            rejected=rejected,
            accepted_by_customer=accepted,
            average_discount_basis_points=discount,
        )
        for partner_id, asked, approved, countered, rejected, accepted, discount in rows
    }
    return {partner_id: known.get(partner_id, PartnerHistory()) for partner_id in partner_ids}


def _recent_requests(partner_ids: Collection[int], now: datetime) -> FromClause:
    """Each partner's latest requests that are not too old, found one by one from its newest."""
    latest = (
        select(Approval.partner_id, Approval.state, Approval.quote_id, Approval.version_id)
        .where(Approval.partner_id == Partner.id, Approval.requested_at > now - HISTORY)
        .order_by(Approval.requested_at.desc(), Approval.id.desc())
        .limit(HISTORY_LENGTH)
        .lateral("latest")
    )
    of_each = select(latest).select_from(Partner).join(latest, true()).where(Partner.id.in_(partner_ids))
    return of_each.subquery("recent")


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _requests() -> Select[Approval, QuoteVersion, int]:
    return (
        select(Approval, QuoteVersion, alternatives_beside())
        .join(QuoteVersion, QuoteVersion.id == Approval.version_id)
        .join(QuoteVersion.quote)
        .options(
            joinedload(Approval.requested_by),
            joinedload(Approval.decided_by),
            contains_eager(QuoteVersion.quote).joinedload(Quote.owner),
            joinedload(QuoteVersion.customer).joinedload(Customer.partner),
        )
    )


def _entry(approval: Approval, version: QuoteVersion, alternatives: int, *, now: datetime) -> QueueEntry:
    quote = version.quote
    return QueueEntry(
        approval=approval,
        version=version,
        label=quote_label(quote.proposal_id, quote.alternative, alternatives=alternatives),
        age=time_ago(approval.requested_at, now),
    )
