"""A portal's environment over a database of its own, with the demonstration in it."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from bench.servers import ROOT
from tests.support.postgres import running_postgres

DATABASE = "bench_demo"


@contextmanager
def demonstration() -> Iterator[dict[str, str]]:
    """The environment of a portal over a database of its own that holds the demonstration."""
    with running_postgres() as server, tempfile.TemporaryDirectory() as folder:
        with psycopg.connect(libpq(server), autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(DATABASE)))
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(DATABASE)))
        url = make_url(server).set(database=DATABASE).render_as_string(hide_password=False)
        environment = portal_environment(Path(folder), url)
        load_demo(environment)
        yield environment


def libpq(url: str) -> str:
    """The address as psycopg takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def portal_environment(folder: Path, database_url: str) -> dict[str, str]:
    """The variables of a portal over a database that keeps what else it needs in `folder`."""
    return {
        "PORTAL_VAR": str(folder),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_BASE_URL": "http://127.0.0.1:8000",
        "PORTAL_SMTP_URL": "smtp://127.0.0.1:9",  # nobody sends mail here
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_DEMO_CLOCK": "0",  # as in production, where no request reads it
    }


def load_demo(environment: dict[str, str]) -> None:
    """Make the tables and fill them."""
    flask(environment, "database", "upgrade")
    flask(environment, "signatures", "certificate")
    flask(environment, "demo", "tell")


def flask(environment: dict[str, str], *command: str) -> None:
    """Run a command of the portal."""
    subprocess.run(
        (sys.executable, "-m", "flask", "--app", "wsgi", *command),
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
