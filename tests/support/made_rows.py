"""What a way of doing things wrote, to be compared column by column with what another one did."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


def rows_made(
    session: Session, statements: Mapping[str, str], *, but: Collection[str], **values: Any
) -> dict[str, list[dict[str, Any]]]:
    """The rows each statement finds, by its name, without the columns `but` that are given out anew.

    `values` are the parameters of the statements.
    """
    return {
        name: [
            {column: row[column] for column in row if column not in but}
            for row in session.execute(text(statement), values).mappings()
        ]
        for name, statement in statements.items()
    }


def made_by(
    session: Session,
    way: Callable[[Session], object],
    statements: Mapping[str, str],
    *,
    but: Collection[str],
    **values: Any,
) -> dict[str, list[dict[str, Any]]]:
    """The rows that a way leads to, as `rows_made`; they are taken back."""
    with session.begin_nested() as savepoint:
        way(session)
        session.flush()
        made = rows_made(session, statements, but=but, **values)
        savepoint.rollback()
    session.expire_all()
    return made
