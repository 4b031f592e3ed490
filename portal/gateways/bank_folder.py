"""The folder that the bank's transfer program shares with us: `remessa` goes out, `retorno` comes in.

What is done with a return shows by where it is put: `retorno/processados`, or `retorno/recusados` with the
reason beside it.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

STILL_SECONDS = 60  # a file that changed since is still being written


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A remittance to put there."""

    folder: Path
    name: str
    content: bytes


class FolderUnavailable(Exception):
    """The folder cannot be used now; the message says why."""


def put(outgoing: Outgoing) -> None:
    """Write a remittance, all of it or nothing under its name; the same one again changes nothing.

    Raises:
        FolderUnavailable: it cannot be written, or another file has the name.
    """
    target = outgoing.folder / "remessa" / outgoing.name
    half = target.with_name(f".{target.name}.parte")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if target.read_bytes() != outgoing.content:
                raise FolderUnavailable(f"there is another {target.name}")
            return
        with half.open("wb") as stream:
            stream.write(outgoing.content)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(target)
    except OSError as error:
        raise FolderUnavailable(type(error).__name__) from error


def list_returns(folder: Path, *, now: datetime) -> list[Path]:
    """The returns that wait, the oldest name first; none that is still being written, none hidden.

    Raises:
        FolderUnavailable: it cannot be read.
    """
    try:
        incoming = folder / "retorno"
        incoming.mkdir(parents=True, exist_ok=True)
        return sorted(
            path
            for path in incoming.iterdir()
            if path.is_file()
            and not path.name.startswith(".")
            and now.timestamp() - path.stat().st_mtime >= STILL_SECONDS
        )
    except OSError as error:
        raise FolderUnavailable(type(error).__name__) from error


def set_aside(path: Path, *, refused: str = "") -> None:
    """Move a return to where it shows what became of it; `refused` is why it was not used."""
    target = path.parent / ("recusados" if refused else "processados")
    target.mkdir(exist_ok=True)
    if refused:
        (target / f"{path.name}.motivo.txt").write_text(f"{refused}\n", encoding="utf-8")
    path.replace(target / path.name)


def leave_return(file: Outgoing) -> None:
    """Do as the bank's transfer program: leave a return that is whole and no longer written to.

    Raises:
        FolderUnavailable: it cannot be written.
    """
    target = file.folder / "retorno" / file.name
    half = target.with_name(f".{target.name}.parte")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(file.content)
        still = half.stat().st_mtime - 2 * STILL_SECONDS
        os.utime(half, (still, still))
        half.replace(target)
    except OSError as error:
        raise FolderUnavailable(type(error).__name__) from error
