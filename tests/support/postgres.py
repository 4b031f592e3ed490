"""The tests' PostgreSQL: the server named by TEST_DATABASE_URL, else one of this run's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tools.postgres.temporary import temporary_server


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yield the SQLAlchemy address of a database from which others may be created.

    Raises:
        NoPostgres: saying what to install, when no PostgreSQL can be started.
    """
    if address := os.environ.get("TEST_DATABASE_URL"):
        yield address
        return
    with temporary_server() as address:
        yield address
