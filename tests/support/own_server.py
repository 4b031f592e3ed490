"""The database of a checkout, started as `make run` does, in a process that a test may kill.

`python -m tests.support.own_server VAR` starts it, adds a row to the rows of earlier runs, says where
everything is as a line of JSON, and stops it when its input ends. With `orphaning`, the server outlives a
killed tool, as on systems that cannot tell it of its parent's end; with `as=UID`, root becomes that user.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from tools.postgres.cluster import stop
from tools.postgres.own import own_postgres
from tools.postgres.refusal import NoPostgres

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class OwnServer:
    """A started server: the tool's process, the postmaster's pid, the data, how often they were started."""

    tool: subprocess.Popen[str]
    pid: int
    data: Path
    url: str
    starts: int

    def close(self) -> None:
        """Stop it as Ctrl-C would."""
        self.tool.communicate(timeout=30)


@contextmanager
def own_server(var: Path, *words: str) -> Iterator[OwnServer]:
    """Start the database of `var`; AssertionError when refused."""
    tool = subprocess.Popen(
        [sys.executable, "-m", "tests.support.own_server", str(var), *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with tool:
        try:
            assert tool.stdout is not None
            said = tool.stdout.readline()
            assert said.startswith("{"), said + tool.stdout.read()
            told = json.loads(said)
            yield OwnServer(tool, told["pid"], Path(told["data"]), told["url"], told["starts"])
        finally:
            if tool.poll() is None:
                tool.communicate(timeout=30)


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to the database at an address of SQLAlchemy's."""
    address = make_url(url)
    where = {name: str(value) for name, value in address.query.items()}
    info = make_conninfo(user=address.username, dbname=address.database, **where)
    return psycopg.connect(info, autocommit=True)


def become(uid: int) -> None:
    """Be an ordinary user from now on. Everything is imported: the interpreter may be root's alone."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    os.chdir("/")


def main(var: Path, words: list[str]) -> None:
    """Start, count, tell, wait, stop."""
    if "orphaning" in words:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    for word in words:
        if word.startswith("as="):
            become(int(word.removeprefix("as=")))
    var.mkdir(parents=True, exist_ok=True)
    own = own_postgres(var)
    process = own.start(var / "database.log")
    with connect(own.cluster.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS starts (id serial)")
        connection.execute("INSERT INTO starts DEFAULT VALUES")
        starts = len(connection.execute("SELECT id FROM starts").fetchall())
    told = {"pid": process.pid, "data": str(own.cluster.data), "url": own.cluster.url(), "starts": starts}
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()
    sys.stdin.read()
    stop(process)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except NoPostgres as refusal:
        sys.exit(str(refusal))
