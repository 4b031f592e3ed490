"""The account a server runs as: PostgreSQL refuses root, so root hands it to a lesser one."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.postgres.refusal import NoPostgres
from tools.processes import dying_with_the_parent

# Nothing of the caller's PG…, LD_… and locale: a server is the same whoever starts it.
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
LESSER = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """`name` runs the server; `caller` started the tool. They differ for root only."""

    name: str
    uid: int
    gid: int
    caller: str

    @property
    def is_another(self) -> bool:
        return self.name != self.caller

    def run(self, command: Sequence[str | Path], log: IO[bytes] | int = subprocess.DEVNULL) -> int:
        """The status with which a command ends; 127 when it could not begin."""
        try:
            return self.spawn(command, log).wait()
        except OSError:
            return 127

    def spawn(
        self, command: Sequence[str | Path], log: IO[bytes] | int, *, keep_open: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a process of this account in a session of its own; `keep_open` are locks it inherits.

        When this process is killed, the server is told to stop as SIGINT does (on Linux).
        """
        return subprocess.Popen(
            command,
            user=self.uid if self.is_another else None,
            group=self.gid if self.is_another else None,
            extra_groups=[] if self.is_another else None,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=keep_open,
            start_new_session=True,  # Ctrl-C reaches the tool first, which stops the server last
            preexec_fn=dying_with_the_parent("SIGINT"),  # noqa: PLW1509 - only when there is one thread
        )

    def can_enter(self, folder: Path) -> bool:
        """Ask the kernel, not the mode bits: they say nothing of the folders above."""
        return self.run(("sh", "-c", 'cd "$1"', "sh", folder)) == 0

    def owns(self, folder: Path) -> None:
        """Make a folder that is open to this account alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.is_another:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        folder.chmod(0o700)

    def write(self, path: Path, text: str) -> None:
        """Write a file as this account: root must follow no link that it may have laid."""
        command = ("sh", "-c", 'printf %s "$2" > "$1"', "sh", path, text)
        if self.run(command):
            raise NoPostgres(f"{self.name} cannot write {path}.")


def account_for(folder: Path | None = None) -> Account:
    """Who runs a server; with `folder`, the one whose data are, or will be, there.

    Raises:
        NoPostgres: this process's user has no name, or root finds nobody to hand it to.
    """
    try:
        caller = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise NoPostgres(
            f"User {os.geteuid()} has no name on this machine, which PostgreSQL needs: run as another, "
            "or set PORTAL_DATABASE_URL to the address of a PostgreSQL (postgresql://user@host/portal)."
        ) from None
    if caller.pw_uid != 0:
        return Account(caller.pw_name, caller.pw_uid, caller.pw_gid, caller.pw_name)
    lesser = (folder and _owner(folder)) or _lesser()
    return Account(lesser.pw_name, lesser.pw_uid, lesser.pw_gid, caller.pw_name)


def _owner(folder: Path) -> pwd.struct_passwd | None:
    """Whoever owns data from an earlier run goes on running them."""
    with suppress(OSError, KeyError):
        uid = folder.lstat().st_uid
        return pwd.getpwuid(uid) if uid != 0 else None
    return None


def _lesser() -> pwd.struct_passwd:
    for name in LESSER:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("PostgreSQL refuses root, and this machine has neither a user postgres nor nobody.")
