"""The board: one column a state, each with its newest quotes and bounded figures. Two statements."""

from dataclasses import dataclass

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.partners.queries.actors import visible_to
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.queries.labels import alternatives_beside
from portal.quotes.queries.listing import QuoteEntry
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.states import QuoteState
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
class StateFigures:
    """How many quotes stand in a state, and their monthly sum; `count` is None and `total_cents` a lower
    bound beyond 1.000."""

    count: int | None
    total_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn(StateFigures):
    """A state with its figures and its newest quotes."""

    state: QuoteState
    entries: list[QuoteEntry]


def board_columns(session: Session, *, actor: Actor) -> list[BoardColumn]:
    """The open states in the order a quote goes through them, and what was accepted."""
    figures = figures_by_state(session, actor=actor)
    entries = _entries(session, actor)
    return [
        BoardColumn(
            state=state,
            entries=entries[state],
            count=figures[state].count,
            total_cents=figures[state].total_cents,
        )
        for state in BOARD_STATES
    ]


def figures_by_state(
    session: Session, *, actor: Actor, owner_id: int | None = None
) -> dict[QuoteState, StateFigures]:
    """The figures of each state of the board, of one owner or of all the person sees. One statement."""
    parts = []
    for state in BOARD_STATES:
        some = select(QuoteVersion.negotiated_cents).where(
            QuoteVersion.is_live, QuoteVersion.state == state, visible_to(actor, QuoteVersion.partner_id)
        )
        if owner_id is not None:
            some = some.where(QuoteVersion.owner_id == owner_id)
        counted = some.limit(COUNT_LIMIT + 1).subquery()
        total = func.coalesce(func.sum(counted.c.negotiated_cents), 0)
        parts.append(select(literal(state.value), func.count(), total).select_from(counted))
    return {
        QuoteState(state): StateFigures(count=None if count > COUNT_LIMIT else count, total_cents=int(total))
        for state, count, total in session.execute(union_all(*parts))
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
