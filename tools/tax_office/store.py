"""What the tax office knows, in one file: the notes it issued, what was canceled, and its mood."""

import sqlite3
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS notes (
    number INTEGER PRIMARY KEY, dps_id TEXT UNIQUE NOT NULL, access_key TEXT UNIQUE NOT NULL,
    xml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    access_key TEXT NOT NULL, kind TEXT NOT NULL, xml BLOB NOT NULL, PRIMARY KEY (access_key, kind));
CREATE TABLE IF NOT EXISTS mood (mood TEXT NOT NULL, code TEXT NOT NULL, times INTEGER NOT NULL);
"""


class Mood(StrEnum):
    """How it answers."""

    NORMAL = "normal"
    SLOW = "slow"  # after some seconds
    HTML = "html"  # a page in place of an answer, and nothing done
    BUSY = "busy"  # 503
    LOST = "lost"  # does what was asked and hangs up
    REFUSE = "refuse"  # with a code


@dataclass(frozen=True)
class Note:
    """A note it issued."""

    number: int
    dps_id: str
    access_key: str
    xml: bytes


class Store:
    """The file. One writer at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(TABLES)
        self.lock = threading.RLock()

    def find_note(self, *, dps_id: str = "", access_key: str = "") -> Note | None:
        """By the id of its DPS or by its key."""
        return self._one("SELECT * FROM notes WHERE dps_id = ? OR access_key = ?", dps_id, access_key)

    def list_notes(self) -> list[Note]:
        """The newest hundred."""
        rows = self._rows("SELECT * FROM notes ORDER BY number DESC LIMIT 100")
        return [Note(*row) for row in rows]

    def next_number(self) -> int:
        """The number of the next note."""
        ((last,),) = self._rows("SELECT coalesce(max(number), 0) FROM notes")
        return int(last) + 1

    def keep_note(self, note: Note) -> None:
        """Issue it."""
        self._rows(
            "INSERT INTO notes VALUES (?, ?, ?, ?)", note.number, note.dps_id, note.access_key, note.xml
        )

    def find_event(self, access_key: str, kind: str) -> bytes | None:
        """The event of a kind about a note."""
        found = self._rows("SELECT xml FROM events WHERE access_key = ? AND kind = ?", access_key, kind)
        return bytes(found[0][0]) if found else None

    def kinds_of(self, access_key: str) -> list[str]:
        """The kinds of events about a note."""
        return [
            str(kind) for (kind,) in self._rows("SELECT kind FROM events WHERE access_key = ?", access_key)
        ]

    def keep_event(self, access_key: str, kind: str, xml: bytes) -> None:
        """Register it."""
        self._rows("INSERT INTO events VALUES (?, ?, ?)", access_key, kind, xml)

    def mood(self, *, use: bool = True) -> tuple[Mood, str]:
        """How it answers now, and the code it refuses with; `use` counts this answer."""
        found = self._rows("SELECT mood, code, times FROM mood")
        if not found:
            return Mood.NORMAL, ""
        ((mood, code, times),) = found
        if use and times == 1:
            self._rows("DELETE FROM mood")
        elif use and times > 1:
            self._rows("UPDATE mood SET times = times - 1")
        return Mood(mood), str(code)

    def choose(self, mood: Mood, *, code: str = "", times: int = 0) -> None:
        """Be so for so many answers; 0: until told otherwise."""
        self._rows("DELETE FROM mood")
        if mood is not Mood.NORMAL:
            self._rows("INSERT INTO mood VALUES (?, ?, ?)", mood.value, code, times)

    def forget(self) -> None:
        """Know nothing."""
        for table in ("notes", "events", "mood"):
            self._rows(f"DELETE FROM {table}")  # noqa: S608 - names of ours

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _one(self, query: str, *values: object) -> Note | None:
        found = self._rows(query, *values)
        return Note(*found[0]) if found else None

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._connection.execute(query, values).fetchall()
