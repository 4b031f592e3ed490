"""One row a cause: what the outbox, the queue and the log share."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import JSON, String, Table, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.dml import ReturningInsert

from portal.shared.db import Base


def insert_once(session: Session, model: type[Base], *, key: str, values: Mapping[str, Any]) -> bool:
    """Insert the row whose unique column `key` is not there yet; False when it was.

    Another transaction inserting the same key at the same time is waited for, not failed on.
    """
    session.flush()  # what the row refers to
    return session.execute(_insert_once(model, key), dict(values)).first() is not None


@cache
def _insert_once(model: type[Base], key: str) -> ReturningInsert[Any]:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is one
    return insert(table).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, each with the same columns, in one statement with one parameter: their JSON.

    A statement with a placeholder for each value takes longer to be read than to be run, and an array a
    column twice as long as JSON to be written.
    """
    if rows:
        session.execute(_insert_from_json(model, tuple(rows[0])), {"rows": _told(rows)})


def forget(session: Session, model: type[Base], ids: Iterable[int]) -> None:
    """Have the session read again what it holds of rows that a statement changed."""
    changed = set(ids)
    for held in session.identity_map.values():  # few, where many rows change: a key for each would cost more
        if isinstance(held, model) and identity_key(instance=held)[1][0] in changed:
            session.expire(held)


def insert_rows_once(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], *, key: str
) -> Sequence[int]:
    """As `insert_rows`, but for those whose unique column `key` is there already; the ids of the new ones."""
    if not rows:
        return []
    table = model.__table__
    once = _insert_from_json(model, tuple(rows[0])).on_conflict_do_nothing(index_elements=[key])
    return session.scalars(once.returning(table.c.id), {"rows": _told(rows)}).all()


def _told(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_as_json, ensure_ascii=False)


@cache
def _insert_from_json(model: type[Base], names: tuple[str, ...]) -> Insert:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is one
    told = func.json_to_recordset(cast(bindparam("rows", type_=String), JSON))
    rows = told.table_valued(*(column(name, table.c[name].type) for name in names))
    derived = rows.render_derived(with_types=True)
    return insert(table).from_select(list(names), select(*derived.c), include_defaults=False)


@lru_cache(maxsize=1_000)  # rows that are written together share most of their instants
def _as_json(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    raise TypeError(type(value).__name__)
