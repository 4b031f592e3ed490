"""What the line knows, in one file: messages, templates, what is still to be told, and its mood."""

import json
import sqlite3
import threading
from enum import StrEnum
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, wamid TEXT UNIQUE NOT NULL, receiver TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS templates (
    name TEXT PRIMARY KEY, status TEXT NOT NULL, category TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notices (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mood (mood TEXT NOT NULL, code INTEGER NOT NULL, times INTEGER NOT NULL);
"""


class Mood(StrEnum):
    """How it answers."""

    NORMAL = "normal"  # accepted, then sent, delivered, read
    SILENT = "silent"  # accepted, and never heard of again
    UNREAD = "unread"  # accepted, sent, delivered
    SKIPS = "skips"  # accepted, sent, read: delivered is missing
    FAILS = "fails"  # accepted, then failed by a code
    REFUSE = "refuse"  # refused by a code
    SLOW = "slow"  # after some seconds, as usual
    HTML = "html"  # a page in place of an answer, and nothing done
    BUSY = "busy"  # 503, and nothing done
    LOST = "lost"  # does what was asked and hangs up


class Store:
    """The file. One writer at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(TABLES)
        self.lock = threading.RLock()

    def keep_message(self, receiver: str, body: dict[str, Any]) -> str:
        """Take it; its wamid."""
        with self.lock:
            ((count,),) = self._rows("SELECT count(*) FROM messages")
            wamid = f"wamid.TESTE{count + 1:012d}"
            self._rows("INSERT INTO messages VALUES (NULL, ?, ?, ?)", wamid, receiver, json.dumps(body))
        return wamid

    def list_messages(self) -> list[dict[str, Any]]:
        """All of them, in order, each with its `wamid`."""
        rows = self._rows("SELECT wamid, body FROM messages ORDER BY number")
        return [{"wamid": wamid, **json.loads(body)} for wamid, body in rows]

    def find_template(self, name: str) -> dict[str, Any] | None:
        """A template as the API shows it, with its body."""
        found = self._rows("SELECT name, status, category, body FROM templates WHERE name = ?", name)
        if not found:
            return None
        (row,) = found
        return dict(zip(("name", "status", "category", "body"), row, strict=True), language="pt_BR")

    def list_templates(self) -> list[dict[str, Any]]:
        """All of them."""
        names = self._rows("SELECT name FROM templates ORDER BY name")
        return [found for (name,) in names if (found := self.find_template(name))]

    def keep_template(self, name: str, *, status: str, category: str, body: str) -> None:
        """Register it, or change how it stands."""
        self._rows("INSERT OR REPLACE INTO templates VALUES (?, ?, ?, ?)", name, status, category, body)

    def add_notice(self, notice: dict[str, Any]) -> None:
        """Something to tell the portal."""
        self._rows("INSERT INTO notices VALUES (NULL, ?)", json.dumps(notice))

    def take_notices(self) -> list[bytes]:
        """What the portal is to be told, in order, once."""
        with self.lock:
            rows = self._rows("SELECT number, body FROM notices ORDER BY number")
            for number, _body in rows:
                self._rows("DELETE FROM notices WHERE number = ?", number)
        return [body.encode() for _number, body in rows]

    def mood(self, *, use: bool = True) -> tuple[Mood, int]:
        """How it answers now, and the code it refuses with; `use` counts this answer."""
        with self.lock:
            found = self._rows("SELECT mood, code, times FROM mood")
            if not found:
                return Mood.NORMAL, 0
            ((mood, code, times),) = found
            if use and times == 1:
                self._rows("DELETE FROM mood")
            elif use and times > 1:
                self._rows("UPDATE mood SET times = times - 1")
        return Mood(mood), int(code)

    def choose(self, mood: Mood, *, code: int = 0, times: int = 0) -> None:
        """Be so for so many messages; 0: until told otherwise."""
        self._rows("DELETE FROM mood")
        if mood is not Mood.NORMAL:
            self._rows("INSERT INTO mood VALUES (?, ?, ?)", mood.value, code, times)

    def forget(self) -> None:
        """Know nothing."""
        for table in ("messages", "templates", "notices", "mood"):
            self._rows(f"DELETE FROM {table}")  # noqa: S608 - names of ours

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._connection.execute(query, values).fetchall()
