"""A server for one run of tests or measurements, which keeps nothing of it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.postgres.account import account_for
from tools.postgres.binaries import find_binaries
from tools.postgres.cluster import Cluster, stop

# Speed before safety. With fsync off, copying a database as files is quicker than logging it.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=200",
)


DURABLE = ("max_connections=200", "max_wal_size=2GB")


@contextmanager
def temporary_cluster(options: tuple[str, ...] = FAST) -> Iterator[Cluster]:
    """A cluster whose server does not run yet.

    Raises:
        NoPostgres: this machine has none.
    """
    # Not under TMPDIR: a socket's path is limited to 107 bytes and must be open to the server's account.
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
    try:
        account = account_for()
        account.owns(home)
        cluster = Cluster(home / "data", account, find_binaries(account), options)
        with (home / "log").open("wb") as log:
            cluster.make(log)
        yield cluster
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def temporary_server(options: tuple[str, ...] = FAST) -> Iterator[str]:
    """Run one until the block ends; yields the SQLAlchemy address of a database to create others from."""
    with temporary_cluster(options) as cluster, (cluster.data.parent / "log").open("ab") as log:
        process = cluster.start(log)
        try:
            yield cluster.url("postgres")
        finally:
            stop(process, keeps_data=False)
