"""A folder with the data of one major version, and the server over it.

Only a Unix socket leads to the server, and only for the account it runs as and the one that started it
(`peer`): no password, no TCP.
"""

import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from tools.postgres.account import Account
from tools.postgres.binaries import Binaries
from tools.postgres.refusal import NoPostgres

ROLE = "portal"
LOCK = "postgres.lock"
PORT = 5432
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.02
LONGEST_SOCKET = 103  # bytes; macOS allows no more, Linux four more
BUILTIN_LOCALE_SINCE = 17
SAFE = ("max_wal_size=128MB", "min_wal_size=32MB")


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data in `data`; `settings` are for this start, none of them is kept."""

    data: Path
    account: Account
    binaries: Binaries
    settings: Sequence[str] = SAFE
    port: int = PORT

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    @property
    def is_in_use(self) -> bool:
        """Whether a process of a server still holds the lock beside the data."""
        lock = os.open(self.data.parent / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        is_free = _locked(lock)
        os.close(lock)
        return not is_free

    def url(self, database: str = ROLE) -> str:
        """The address for SQLAlchemy."""
        url = URL.create("postgresql+psycopg", ROLE, database=database, query=self._where)
        return url.render_as_string(hide_password=False)

    def make(self, log: IO[bytes]) -> None:
        """Have initdb make the data: complete or not there at all."""
        new = self.data.with_name(f"{self.data.name}.new")
        self.account.run(("rm", "-rf", new))
        locale = ["--locale", "C.UTF-8"]
        if self.binaries.major >= BUILTIN_LOCALE_SINCE:
            locale = ["--locale-provider", "builtin", *locale]
        command: list[str | Path] = [
            self.binaries.path("initdb"),
            "-D",
            new,
            "-U",
            ROLE,
            "--auth",
            "peer",
            *locale,
        ]
        sync = ["--no-sync"] if "fsync=off" in self.settings else []
        if self.account.run([*command, "--encoding", "UTF8", *sync], log):
            raise NoPostgres(f"PostgreSQL could not make its files in {new}.{_last_words(log)}")
        new.rename(self.data)

    def start(self, log: IO[bytes], *, keep_open: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers; `keep_open` are locks that it alone is to keep.

        Raises:
            NoPostgres: it ended at once, or does not answer.
        """
        self.account.write(self.data / "pg_hba.conf", "local all all peer map=owner\n")
        names = {self.account.name, self.account.caller}
        owners = "".join(f'owner "{name}" {ROLE}\n' for name in sorted(names))
        self.account.write(self.data / "pg_ident.conf", owners)
        command: list[str | Path] = [
            self.binaries.path("postgres"),
            "-D",
            self.data,
            "-k",
            self._socket_folder(),
        ]
        for setting in ("listen_addresses=", f"port={self.port}", *self.settings):
            command += ["-c", setting]
        held = self.binaries.hold()
        process = self.account.spawn(command, log, keep_open=(*keep_open, *held))
        for lock in held:
            os.close(lock)
        try:
            self._wait(process, log)
        except BaseException:
            stop(process)
            raise
        return process

    def make_database(self) -> None:
        """The database `portal`, unless it is there."""
        with self._connect() as connection:
            known = connection.execute("SELECT datname FROM pg_database WHERE datname = %s", [ROLE])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(ROLE)))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(make_conninfo(user=ROLE, dbname="postgres", **self._where), autocommit=True)

    @property
    def _where(self) -> dict[str, str]:
        return {"host": str(self.socket), "port": str(self.port)}

    def _wait(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < give_up:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(LOOK_EVERY_S)
            else:
                if process.poll() is None:  # else somebody else's server answered
                    return
        raise NoPostgres(f"PostgreSQL does not start over {self.data}.{_last_words(log)}")

    @property
    def socket(self) -> Path:
        """The folder of the socket: beside the data, or in /tmp when the path is too long or read as two."""
        beside = self.data.parent
        name = beside / f".s.PGSQL.{self.port}"
        if len(os.fsencode(name)) <= LONGEST_SOCKET and "," not in str(beside):
            return beside
        return socket_elsewhere(beside)

    def _socket_folder(self) -> Path:
        folder = self.socket
        if folder == self.data.parent:
            return folder
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, self.account.uid, self.account.gid)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise NoPostgres(
                f"{folder} must be a folder of {self.account.name} alone; delete it and try again."
            )
        return folder


def socket_elsewhere(parent: Path) -> Path:
    """Where the socket of data in a folder below `parent` stands when it has no room there."""
    return Path("/tmp") / f"portal-{digest(parent)}"  # noqa: S108 - refused unless it is the account's own


def digest(folder: Path) -> str:
    """A short name for a folder, the same at every start."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def stop(process: subprocess.Popen[bytes], *, keeps_data: bool = True) -> None:
    """Have the server hang up and end: SIGINT, since at SIGTERM it waits for its clients.

    Data that nobody keeps need not be written at the end: SIGQUIT.
    """
    process.send_signal(signal.SIGINT if keeps_data else signal.SIGQUIT)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def take_lock(parent: Path, data: Path) -> int:
    """The lock that a server inherits: it is held until the last of its processes is gone.

    Whoever still holds it was left behind by a killed tool and is stopped here. Once the lock is ours, no
    server runs over `data`, whatever process its postmaster.pid names.

    Raises:
        NoPostgres: it does not stop.
    """
    lock = os.open(parent / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    give_up = time.monotonic() + PATIENCE_S
    while not _locked(lock):
        if time.monotonic() > give_up:
            os.close(lock)
            raise NoPostgres(f"A PostgreSQL left behind by an earlier run still uses {data}; stop it first.")
        _tell_orphan(parent)
        time.sleep(0.1)
    (data / "postmaster.pid").unlink(missing_ok=True)
    return lock


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tell_orphan(parent: Path) -> None:
    """Ask the server that still runs over a folder here to end, if the process is one."""
    for noted in parent.glob("*/postmaster.pid"):
        with suppress(OSError, ValueError, IndexError):
            pid = int(noted.read_text().splitlines()[0])
            works_in = Path(f"/proc/{pid}/cwd")
            if pid > 1 and (not Path("/proc/self").exists() or works_in.resolve() == noted.parent.resolve()):
                os.kill(pid, signal.SIGINT)


def _last_words(log: IO[bytes]) -> str:
    lines = Path(log.name).read_text(errors="replace").splitlines()[-5:]
    return "".join(f"\n  {line}" for line in lines)
