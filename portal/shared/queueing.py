"""One row a cause: what the outbox, the queue and the log share."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.shared.db import Base


def insert_once(session: Session, model: type[Base], *, key: str, values: Mapping[str, Any]) -> bool:
    """Insert the row whose unique column `key` is not there yet; False when it was.

    Another transaction inserting the same key at the same time is waited for, not failed on.
    """
    statement = insert(model).values(**values).on_conflict_do_nothing(index_elements=[key])
    return session.execute(statement.returning(model.__table__.c[key])).first() is not None
