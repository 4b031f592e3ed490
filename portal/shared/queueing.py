"""One row a cause: what the outbox, the queue and the log share."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.orm import Session

from portal.shared.db import Base


def insert_once(session: Session, model: type[Base], *, key: str, values: Mapping[str, Any]) -> bool:
    """Insert the row whose unique column `key` is not there yet; False when it was.

    Another transaction inserting the same key at the same time is waited for, not failed on.
    """
    statement = insert(model).values(**values).on_conflict_do_nothing(index_elements=[key])
    return session.execute(statement.returning(model.__table__.c[key])).first() is not None


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, each with the same columns, in one statement with an array a column.

    A statement with a placeholder for each value takes longer to be read than to be run.
    """
    if rows:
        names = tuple(rows[0])
        session.execute(
            _insert_from_arrays(model, names), {name: [row[name] for row in rows] for name in names}
        )


@cache
def _insert_from_arrays(model: type[Base], names: tuple[str, ...]) -> Insert:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is one
    arrays = (bindparam(name, type_=ARRAY(table.c[name].type)) for name in names)
    told = func.unnest(*arrays).table_valued(*names).render_derived()
    return insert(table).from_select(list(names), select(*told.c), include_defaults=False)
