"""What the outbox and the queue share: one row a cause, and a bell for new work."""

import threading
from collections.abc import Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.shared.db import Base

_PROMISED = "portal.work_promised"


class Bell:
    """Rung when this process commits new work, so that its own worker does not wait for its next look."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it was rung: look at this before looking for work, then `wait` for the next one."""
        return self._rings

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, *, since: int, timeout_s: float) -> None:
        """Return when it was rung after `since` rings, or the time is up."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != since, timeout_s)


work_bell = Bell()


def insert_once(session: Session, model: type[Base], *, key: str, values: Mapping[str, Any]) -> bool:
    """Insert the row whose unique column `key` is not there yet; False when it was.

    Another transaction inserting the same key at the same time is waited for, not failed on.
    """
    statement = insert(model).values(**values).on_conflict_do_nothing(index_elements=[key])
    return session.execute(statement.returning(model.__table__.c[key])).first() is not None


def promise_work(session: Session) -> None:
    """Wake this process's worker if and when the session's transaction commits."""
    session.info[_PROMISED] = True


@event.listens_for(Session, "after_commit")
def _keep_promise(session: Session) -> None:
    if session.info.pop(_PROMISED, False):
        work_bell.ring()


@event.listens_for(Session, "after_rollback")
def _forget_promise(session: Session) -> None:
    session.info.pop(_PROMISED, None)
