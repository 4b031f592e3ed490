"""The board: one column a state, each with its newest quotes and bounded figures. Two statements."""

from dataclasses import dataclass

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.partners.queries import visible_to
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.queries.labels import alternatives_beside
from portal.quotes.queries.listing import QuoteEntry
from portal.quotes.rules import QuoteState, quote_label
from portal.shared.auth import Actor
from portal.shared.lists import COUNT_LIMIT

CARDS_SHOWN = 10
BOARD_STATES = (
    QuoteState.DRAFT,
    QuoteState.PENDING_APPROVAL,
    QuoteState.COUNTERED,
    QuoteState.REJECTED,
    QuoteState.APPROVED,
    QuoteState.SENT,
    QuoteState.ACCEPTED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """A state with its newest quotes; `count` is None and `total_cents` a lower bound beyond 1.000."""

    state: QuoteState
    entries: list[QuoteEntry]
    count: int | None
    total_cents: int


def board_columns(session: Session, *, actor: Actor) -> list[BoardColumn]:
    """The open states in the order a quote goes through them, and what was accepted."""
    figures = _figures(session, actor)
    entries = _entries(session, actor)
    return [
        BoardColumn(
            state=state,
            entries=entries[state],
            count=None if figures[state][0] > COUNT_LIMIT else figures[state][0],
            total_cents=figures[state][1],
        )
        for state in BOARD_STATES
    ]


def _figures(session: Session, actor: Actor) -> dict[QuoteState, tuple[int, int]]:
    parts = []
    for state in BOARD_STATES:
        newest = (
            select(QuoteVersion.negotiated_cents)
            .where(
                QuoteVersion.is_live, QuoteVersion.state == state, visible_to(actor, QuoteVersion.partner_id)
            )
            .limit(COUNT_LIMIT + 1)
            .subquery()
        )
        total = func.coalesce(func.sum(newest.c.negotiated_cents), 0)
        parts.append(select(literal(state.value), func.count(), total).select_from(newest))
    return {
        QuoteState(state): (count, int(total)) for state, count, total in session.execute(union_all(*parts))
    }


def _entries(session: Session, actor: Actor) -> dict[QuoteState, list[QuoteEntry]]:
    newest = [
        select(QuoteVersion.id)
        .where(QuoteVersion.is_live, QuoteVersion.state == state, visible_to(actor, QuoteVersion.partner_id))
        .order_by(QuoteVersion.changed_at.desc(), QuoteVersion.id.desc())
        .limit(CARDS_SHOWN)
        .subquery()
        for state in BOARD_STATES
    ]
    ids = union_all(*(select(each.c.id) for each in newest))
    rows = session.execute(
        select(QuoteVersion, alternatives_beside())
        .join(Quote, Quote.id == QuoteVersion.quote_id)
        .where(QuoteVersion.id.in_(ids))
        .options(
            joinedload(QuoteVersion.quote).joinedload(Quote.owner),
            joinedload(QuoteVersion.customer).joinedload(Customer.partner),
        )
        .order_by(QuoteVersion.changed_at.desc(), QuoteVersion.id.desc())
    )
    columns: dict[QuoteState, list[QuoteEntry]] = {state: [] for state in BOARD_STATES}
    for version, alternatives in rows:
        label = quote_label(version.quote.proposal_id, version.quote.alternative, alternatives=alternatives)
        columns[version.state].append(QuoteEntry(version=version, label=label))
    return columns
