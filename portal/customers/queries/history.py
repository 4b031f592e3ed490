"""Movimentações: a customer's log, and beside it rows that never change and that the log does not repeat.

What is made in bulk (invoices of a billing run, its notices, payments of a bank file) is a row each and no
entry of the log: the timeline shows the row itself. The rooms that have such rows stand downstream.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, String, column, func, literal, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.customers.rules import HISTORY_KINDS
from portal.shared import audit
from portal.shared.audit import LogEntry
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.questions import Question, ask

LOG = "log"
ORDER = tuple_(column("at"), column("source"), column("place"))
HISTORY_LIST = ListSpec(sorts={"data": ORDER}, default="-data", filters={"tipo": HISTORY_KINDS})


class Told(NamedTuple):
    """What a row says: the sentence, the table whose icon stands beside it, and the invoice it opens."""

    summary: str
    subject_type: str
    invoice_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One movimentação, as `customers/_activity.html` shows it."""

    at: datetime
    summary: str
    subject_type: str
    actor_label: str = audit.SYSTEM_LABEL
    reason: str = ""
    invoice_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRows:
    """Rows of a customer for its timeline, under one of `HISTORY_KINDS`.

    `rows` selects when each was made, its id, and what `in_words` needs, as JSON. A room may have several.
    """

    name: str
    kind: str
    rows: Select[datetime, int, Any]
    in_words: Callable[[Mapping[str, Any]], Told]


@dataclass(frozen=True, slots=True)
class HistoryBesideLog(Question[Sequence[HistoryRows]]):
    """Which rows of a customer its log does not tell of."""

    customer: Customer


def facts(**values: ColumnElement[Any] | Any) -> ColumnElement[Any]:
    """Columns as one JSON value, for `HistoryRows.rows`."""
    pairs = (each for name, value in values.items() for each in (literal(name, String), value))
    return func.jsonb_build_object(*pairs, type_=JSONB)


def list_history(session: Session, customer: Customer, request: ListRequest) -> Page[Happening]:
    """A page of a customer's movimentações, log and rows in one order. Two statements."""
    sources = {each.name: each for each in _beside_log(session, customer)}
    page = paginate(session, _history(customer, sources, request.filter("tipo")), request)
    happenings = [_happening(row, sources) for row in page.items]
    return Page(
        items=happenings,
        number=page.number,
        per_page=page.per_page,
        total=page.total,
        has_next=page.has_next,
    )


def list_latest_history(session: Session, customer: Customer, count: int) -> Sequence[Happening]:
    """The newest movimentações. One statement."""
    sources = {each.name: each for each in _beside_log(session, customer)}
    newest = _history(customer, sources, "").order_by(ORDER.desc()).limit(count)
    return [_happening(row, sources) for row in session.execute(newest)]


def _beside_log(session: Session, customer: Customer) -> Iterator[HistoryRows]:
    for told in ask(session, HistoryBesideLog(customer)):
        yield from told


def _history(
    customer: Customer, sources: Mapping[str, HistoryRows], kind: str
) -> Select[str, datetime, int, Any]:
    rows = [_named(LOG, _log(customer, kind))]
    rows += [_named(name, each.rows) for name, each in sources.items() if kind in ("", each.kind)]
    history = union_all(*rows).subquery("history")
    return select(history.c.source, history.c.at, history.c.place, history.c.facts)


def _named(name: str, rows: Select[datetime, int, Any]) -> Select[*tuple[Any, ...]]:
    at, place, values = rows.subquery().c
    return select(
        literal(name, String).label("source"), at.label("at"), place.label("place"), values.label("facts")
    )


def _log(customer: Customer, kind: str) -> Select[datetime, int, Any]:
    told = facts(
        summary=LogEntry.summary,
        subject_type=LogEntry.subject_type,
        actor_label=LogEntry.actor_label,
        reason=LogEntry.reason,
    )
    statement = select(LogEntry.at, LogEntry.position, told.label("facts")).where(
        LogEntry.stream == audit.stream_of(customer_id=customer.id)
    )
    return statement.where(LogEntry.subject_type.in_(HISTORY_KINDS[kind][1])) if kind else statement


def _happening(row: Row[*tuple[Any, ...]], sources: Mapping[str, HistoryRows]) -> Happening:
    if row.source == LOG:
        return Happening(at=row.at, **row.facts)
    told = sources[row.source].in_words(row.facts)
    return Happening(at=row.at, **told._asdict())
