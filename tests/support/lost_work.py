"""Changes flushed to the database that nobody commits vanish without a word. In tests they fail."""

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.shared.db import db

PENDING = "flushed but neither committed nor rolled back"


class LostWork:
    """Listens to all sessions of an app; `refuse()` at the end of a test names what was lost in it."""

    def __init__(self, app: Flask) -> None:
        self.found: list[str] = []
        with app.app_context():
            sessions = db.sessionmaker
        event.listen(sessions, "after_flush", self._flushed)
        event.listen(sessions, "after_commit", self._ended)
        event.listen(sessions, "after_rollback", self._ended)
        app.teardown_appcontext(self._context_ends)

    def refuse(self) -> None:
        """Fail when a context ended with changes neither committed nor rolled back."""
        found, self.found = self.found, []
        assert not found, f"changed but never committed: {', '.join(sorted(set(found)))}"

    def _flushed(self, session: Session, _context: object) -> None:
        session.info.setdefault(PENDING, []).extend(_changed(session))

    def _ended(self, session: Session) -> None:
        session.info.pop(PENDING, None)

    def _context_ends(self, fault: BaseException | None) -> None:
        if fault is None:
            self.found += [*db.session.info.get(PENDING, ()), *_changed(db.session)]


def _changed(session: Session) -> list[str]:
    return [type(row).__name__ for row in (*session.new, *session.dirty, *session.deleted)]
