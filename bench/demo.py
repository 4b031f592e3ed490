"""A portal's environment over a database of its own, with the demonstration in it."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from bench.servers import ROOT


def portal_environment(folder: Path, database_url: str = "") -> dict[str, str]:
    """The variables of a portal that keeps what it needs in `folder`, by default on SQLite."""
    return {
        "PORTAL_VAR": str(folder),
        "PORTAL_DATABASE_URL": database_url or f"sqlite:///{folder}/portal.sqlite3",
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_BASE_URL": "http://127.0.0.1:8000",
        "PORTAL_SMTP_URL": "smtp://127.0.0.1:9",  # nobody sends mail here
        "PORTAL_LOG_LEVEL": "WARNING",
    }


def load_demo(environment: dict[str, str]) -> None:
    """Make the tables and fill them."""
    flask(environment, "database", "upgrade")
    flask(environment, "signatures", "certificate")
    flask(environment, "demo", "load")


def flask(environment: dict[str, str], *command: str) -> None:
    """Run a command of the portal."""
    subprocess.run(
        (sys.executable, "-m", "flask", "--app", "wsgi", *command),
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
