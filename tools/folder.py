"""`var/`: what runs of a checkout keep there, and that only one of them runs at a time."""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from portal.config.beside import DATABASE_URL, RUNNING
from tools.postgres.own import delete_data

CARD_STORE = "card_sandbox.pickle"
TAX_STORE = "tax_office.db"
WHATSAPP_STORE = "whatsapp.db"
# What `--reset` deletes, by name: PORTAL_VAR may point to a folder that holds other things.
MADE_HERE = (
    *(DATABASE_URL, RUNNING, "secret_key", "seal", "logs", "banco", "bytecode"),
    *(CARD_STORE, TAX_STORE, WHATSAPP_STORE),
)
PATIENCE_S = 60.0  # longer than a web server lets requests finish


class Refused(Exception):
    """Cannot go on; the message is one sentence for the person at the command line."""


@contextmanager
def only_one(var: Path) -> Iterator[int]:
    """Hold `var/run.lock`, which says that the tool runs, and `var/lock`; yields the latter's descriptor.

    It is handed to the children and holds as long as one of them lives: what a killed tool left behind is
    waited for.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        tool, children = (_opened(var / name) for name in ("run.lock", "lock"))
    except OSError as error:
        raise Refused(f"Cannot write to {var}: {error.strerror}.") from None
    try:
        if not _locked(tool):
            raise Refused("The portal of this folder is already running; stop it first (Ctrl-C there).")
        _wait_for_orphans(children)
        yield children
    finally:
        os.close(children)
        os.close(tool)


def reset(var: Path) -> None:
    """Delete what runs made, after naming it."""
    made = [path for name in MADE_HERE if (path := var / name).exists()]
    for path in (*delete_data(var), *made):
        print(f"Deleted {path}")
        if path.exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if os.environ.get("PORTAL_DATABASE_URL"):
        print("PORTAL_DATABASE_URL is not touched; `flask --app wsgi database downgrade base` empties it.")


def secret_key(var: Path) -> str:
    """The key kept in var/secret_key, made at the first run, readable by its owner only."""
    kept = var / "secret_key"
    if not kept.exists():
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return kept.read_text().strip()


@contextmanager
def told_of(var: Path, settings: dict[str, str], database_url: str) -> Iterator[None]:
    """Tell commands beside the run of its settings, by a file its owner alone may read, while it goes on."""
    path = var / RUNNING
    with _written_anew(path) as file:
        json.dump(settings | {"PORTAL_DATABASE_URL": database_url}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _written_anew(path: Path) -> Iterator[IO[str]]:
    """A file that takes the place of `path` once it is whole."""
    half = path.with_suffix(".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        yield file
    half.replace(path)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_orphans(lock: int) -> None:
    if _locked(lock):
        return
    print("Waiting for what an earlier run left behind when it was killed…", flush=True)
    give_up = time.monotonic() + PATIENCE_S
    while not _locked(lock):
        if time.monotonic() > give_up:
            raise Refused("Processes of an earlier run, which was killed, are still there; end them first.")
        time.sleep(0.1)
