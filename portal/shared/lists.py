"""Lists people read: search, filters, sorting and pages that stay quick however long the list is.

What an address asks for is untrusted: an unknown order or filter falls back to the default and any
page number is answered. Nothing is counted beyond `COUNT_LIMIT` rows and no page lies deeper than
`DEPTH_LIMIT` rows, so that a page costs the same over a thousand rows and over half a million.
"""

import csv
import errno
import io
import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any, overload
from urllib.parse import urlencode

from flask import Response, stream_with_context
from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.shared.brazil import parse_day
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.errors import log_fault

SEARCH, SORT, PAGE = "busca", "ordem", "pagina"
FROM, TO = "de", "ate"
DAYS: Mapping[str, None] = {FROM: None, TO: None}  # for the `filters` of a list that `within_days` narrows
COUNT_LIMIT = 1_000
DEPTH_LIMIT = 10_000
LONGEST_VALUE = 100
CSV_ROWS_AT_ONCE = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_AMOUNT = re.compile(r"-(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+")

type Column = ColumnElement[Any] | InstrumentedAttribute[Any]
type AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """What can be asked of a list.

    `sorts` maps the words allowed in `ordem` to columns that are never NULL; a leading `-` turns the
    order round. `filters` names the parameters that filter, each with the values it may have or None
    for any; others are as if not given.
    """

    sorts: Mapping[str, Column]
    default: str
    filters: Mapping[str, Collection[str] | None] = field(default_factory=dict)

    def read(self, args: Mapping[str, str]) -> "ListRequest":
        """What an address asks, from its `request.args`."""
        sort = args.get(SORT, "")
        chosen = {name: _clean(args.get(name, "")) for name in self.filters}
        return ListRequest(
            spec=self,
            page=_page_number(args.get(PAGE, "")),
            sort=sort if sort.removeprefix("-") in self.sorts else self.default,
            search=_clean(args.get(SEARCH, "")),
            filters={name: value for name, value in chosen.items() if value and self._allows(name, value)},
        )

    def _allows(self, name: str, value: str) -> bool:
        values = self.filters[name]
        return values is None or value in values


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """What an address asks of a list: `?busca=pão&ordem=-criado&pagina=2&estado=sent`."""

    spec: ListSpec
    page: int
    sort: str
    search: str
    filters: Mapping[str, str]

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.search or self.filters)

    def filter(self, name: str) -> str:
        """The chosen value of a filter, "" when none."""
        return self.filters.get(name, "")

    def direction(self, name: str) -> str | None:
        """ "asc" or "desc" when the list is sorted by this word, else None."""
        if self.sort.removeprefix("-") != name:
            return None
        return "desc" if self.sort.startswith("-") else "asc"

    def query(self, **changes: object) -> str:
        """This request as a query string ("" or "?…"), with changes; what is default is left out."""
        values = {SEARCH: self.search, **self.filters, SORT: self.sort, PAGE: self.page} | changes
        left_out = {SORT: self.spec.default, PAGE: 1}
        kept = {name: value for name, value in values.items() if value and value != left_out.get(name)}
        return f"?{urlencode(kept)}" if kept else ""

    def page_url(self, number: int) -> str:
        """The address of another page, relative to this one."""
        return self.query(pagina=number) or "?"

    def sort_url(self, name: str) -> str:
        """The address of the list sorted by this word, or the other way round if it is already."""
        turned = f"-{name}" if self.direction(name) == "asc" else name
        return self.query(ordem=turned, pagina=1) or "?"

    def ordered(self, statement: AnySelect) -> AnySelect:
        """The statement in the asked order; rows that are equal in it stay in order of their id."""
        column = self.spec.sorts[self.sort.removeprefix("-")]
        tie_break = getattr(statement.column_descriptions[0]["entity"], "id", column)
        columns = [column] if column is tie_break else [column, tie_break]
        if self.sort.startswith("-"):
            columns = [each.desc() for each in columns]
        return statement.order_by(None).order_by(*columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[T]:
    """Some rows of a list. `total` is None beyond `COUNT_LIMIT` rows."""

    items: list[T]
    number: int
    per_page: int
    total: int | None
    has_next: bool

    @property
    def page_count(self) -> int:
        """How many pages can be named now: all of them, or as far as was counted."""
        rows = COUNT_LIMIT if self.total is None else self.total
        return max(-(-rows // self.per_page), self.number + self.has_next, 1)

    @property
    def how_many(self) -> int | str:
        """The number of rows to show: 120 or "mais de 1.000"."""
        return "mais de 1.000" if self.total is None else self.total

    def showing[U](self, found: Mapping[T, U]) -> "Page[U]":
        """This page of keys with what was found for each; what is gone meanwhile is left out."""
        return Page(
            items=[found[key] for key in self.items if key in found],
            number=self.number,
            per_page=self.per_page,
            total=self.total,
            has_next=self.has_next,
        )


@overload
def paginate[T](
    session: Session, statement: Select[T], request: ListRequest, *, per_page: int = 25
) -> Page[T]: ...


@overload
def paginate[A, B, *Ts](
    session: Session, statement: Select[A, B, *Ts], request: ListRequest, *, per_page: int = 25
) -> Page[Row[A, B, *Ts]]: ...


def paginate(
    session: Session, statement: AnySelect, request: ListRequest, *, per_page: int = 25
) -> Page[Any]:
    """The asked page, in two statements. A page past the end gives the last one.

    A statement of several columns gives rows; its first one belongs to the entity whose id breaks ties, or to
    none where no two rows are equal in the order. Its option `counted` may be another one of as many rows.
    """
    rows = _count(session, statement)
    deepest = DEPTH_LIMIT if rows > COUNT_LIMIT else rows
    number = min(request.page, max(-(-deepest // per_page), 1))
    found = _read(session, request.ordered(statement), per_page + 1, (number - 1) * per_page)
    if not found and number > 1:  # between what was counted and the deepest page the rows ended
        number = COUNT_LIMIT // per_page
        found = _read(session, request.ordered(statement), per_page + 1, (number - 1) * per_page)
    return Page(
        items=found[:per_page],
        number=number,
        per_page=per_page,
        total=None if rows > COUNT_LIMIT else rows,
        has_next=len(found) > per_page and number * per_page < DEPTH_LIMIT,
    )


def within_days(request: ListRequest, column: Column) -> Iterator[ColumnElement[bool]]:
    """From `?de=` to the end of `?ate=`, days of São Paulo; what is no day is as if not given."""
    first, last = days_asked(request)
    if first:
        yield column >= at_sao_paulo(first)
    if last:
        yield column < at_sao_paulo(last + timedelta(days=1))


def days_asked(request: ListRequest) -> tuple[date | None, date | None]:
    """`?de=` and `?ate=`; what is no day is as if not given."""
    return _day(request.filter(FROM)), _day(request.filter(TO))


def _day(text: str) -> date | None:
    try:
        day = parse_day(text)
    except ValueError:
        return None
    return day if day < date.max else None  # there must be a day after it


def contains(column: Column, text: str) -> ColumnElement[bool]:
    """Whether a column holds the text, letter by letter: `%` and `_` are only themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(f"%{escaped}%")


def _count(session: Session, statement: AnySelect) -> int:
    counted: AnySelect = statement.get_execution_options().get("counted", statement)
    some = counted.order_by(None).limit(COUNT_LIMIT + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _read(session: Session, statement: AnySelect, limit: int, offset: int) -> list[Any]:
    result = session.execute(statement.limit(limit).offset(offset))
    return list(result.scalars() if len(statement.column_descriptions) == 1 else result)


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_VALUE]


def _page_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        return 1
    return max(1, min(int(text[:9]), DEPTH_LIMIT))


def read_all(statement: AnySelect) -> Iterator[Any]:
    """Every row of a statement, a few at a time, for an answer that is still being sent.

    The request's transaction has ended by then, so this reads in one of its own, which sees one
    state of the database throughout.
    """
    one_column = len(statement.column_descriptions) == 1
    batched = statement.execution_options(yield_per=CSV_ROWS_AT_ONCE)
    with db.sessionmaker() as session, closing(session.execute(batched)) as result:
        yield from result.scalars() if one_column else result


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV as Brazilian Excel opens it: UTF-8 with BOM, `;`, no cell that would run as a formula.

    `rows` may be a generator; it is read while the answer is sent (see `read_all`). A fault before the
    first chunk is a fault of the request. One after it ends the connection: the browser says that the
    file is not whole, and the log says where it failed.
    """
    chunks = _csv_chunks(header, rows)
    first = next(chunks)
    body = _or_hang_up(chain((first,), chunks))
    response = Response(stream_with_context(body), mimetype="text/csv")
    response.call_on_close(chunks.close)  # nobody may read it to its end, as after HEAD
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _or_hang_up(chunks: Iterator[str]) -> Iterator[str]:
    try:
        yield from chunks
    except Exception as error:  # noqa: BLE001 - whatever it is, the file ends here
        log_fault(error)
        # What servers take for a reader that went away: they close and do not log the address asked for.
        raise BrokenPipeError(errno.EPIPE, "the file cannot be sent to its end") from None


def _csv_chunks(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Generator[str]:
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([as_text(cell) for cell in row])
        if number % CSV_ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_text(cell: object) -> object:
    """The cell; text that a spreadsheet would run as a formula gets an apostrophe before it.

    "-178,09" is an amount that people add up: it can run nothing and stays as it is. Whole numbers of ours
    are numbers; a text "-2" is a name.
    """
    if not isinstance(cell, str) or not cell.startswith(FORMULA_STARTS) or _AMOUNT.fullmatch(cell):
        return cell
    return f"'{cell}"
