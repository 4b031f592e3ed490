"""The PostgreSQL of a checkout: where its data lie, whoever starts it, and that they stay."""

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.postgres.account import Account, account_for
from tools.postgres.binaries import SHARED, Binaries, drop_unused_copies, find_binaries
from tools.postgres.cluster import Cluster, digest, socket_elsewhere, stop, take_lock
from tools.postgres.refusal import NoPostgres

NOTE = "database-folder"  # in the checkout's var/: where the data are, for people and for `make reset`
MADE_FOR = "made-for"  # beside data that lie elsewhere: the var/ they belong to


@dataclass(frozen=True, slots=True)
class Own:
    """The data of `var`, in folders named by major version under `parent`."""

    var: Path
    parent: Path
    account: Account
    binaries: Binaries

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.parent / str(self.binaries.major), self.account, self.binaries)

    def other_majors(self) -> list[int]:
        """The major versions whose data are here, without the one that runs."""
        found = {int(path.parent.name) for path in self._versions() if path.parent.name.isdecimal()}
        return sorted(found - {self.binaries.major})

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Make what is missing, start the server, make its database.

        Raises:
            NoPostgres: naming what is in the way, data of another major version before all.
        """
        cluster = self.cluster
        if not cluster.exists:
            self._refuse_other_majors()
        lock = take_lock(self.parent, cluster.data)
        try:
            with log.open("ab") as output:
                if not cluster.exists:
                    self._tell_of_a_move()
                    cluster.make(output)
                process = cluster.start(output, keep_open=[lock])
        finally:
            os.close(lock)  # from now on the server alone holds it
        try:
            cluster.make_database()
        except BaseException:
            stop(process)
            raise
        (self.var / NOTE).write_text(f"{cluster.data}\n")
        drop_unused_copies(self.binaries)
        return process

    def _versions(self) -> list[Path]:
        return list(self.parent.glob("*/PG_VERSION"))

    def _refuse_other_majors(self) -> None:
        here = self.binaries.major
        others = self.other_majors()
        if not others:
            return
        newest = others[-1]
        moves = "`make upgrade-database` moves them; " if newest < here else ""
        raise NoPostgres(
            f"The data in {self.parent / str(newest)} are of PostgreSQL {newest}, "
            f"this version brings {here}. {moves}`make reset` starts over."
        )

    def _tell_of_a_move(self) -> None:
        noted = noted_folder(self.var)
        if noted is not None and noted != self.cluster.data and noted.exists():
            print(f"The database of this folder was {noted}, and stays there; a new one is made.", flush=True)


def own_postgres(var: Path) -> Own:
    """Find binaries, the account they run as and a folder it can enter.

    Raises:
        NoPostgres: one of them cannot be had.
    """
    beside = var / "postgres"
    elsewhere = SHARED / digest(var)
    try:
        account = _account_in(beside)
        if account is not None:
            return Own(var, beside, account, find_binaries(account))
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o755)
        account = _account_in(elsewhere)
        if account is None:
            raise NoPostgres(f"The account that runs PostgreSQL can enter neither {beside} nor {elsewhere}.")
        (SHARED / f"{elsewhere.name}.{MADE_FOR}").write_text(f"{var}\n")
    except OSError as error:
        raise NoPostgres(f"Cannot make a folder for PostgreSQL: {error}.") from None
    return Own(var, elsewhere, account, find_binaries(account))


def _account_in(parent: Path) -> Account | None:
    """Give the folder to the account that runs the server; None when it cannot get there."""
    account = account_for(parent)
    account.owns(parent)
    if account.can_enter(parent):
        return account
    with suppress(OSError):
        parent.rmdir()
    return None


def noted_folder(var: Path) -> Path | None:
    """Where the last start found or put the data."""
    with suppress(FileNotFoundError):
        return Path((var / NOTE).read_text().strip())
    return None


def delete_data(var: Path) -> list[Path]:
    """Delete the data of every major version, whether in `var` or elsewhere; the folders that went.

    Data that another folder's note names too (this one is a copy of that) stay. The tool's lock is ours, so
    a server over them was left behind: it is stopped first.
    """
    parents = [var / "postgres", SHARED / digest(var)]
    noted = noted_folder(var)
    if noted is not None and noted.parent.parent == SHARED and _owner_of(noted.parent) is None:
        parents.append(noted.parent)  # the checkout was moved here
    gone = []
    for parent in parents:
        if parent.exists():
            os.close(take_lock(parent, parent))
            shutil.rmtree(parent)
            shutil.rmtree(socket_elsewhere(parent), ignore_errors=True)
            gone.append(parent)
        (SHARED / f"{parent.name}.{MADE_FOR}").unlink(missing_ok=True)
    (var / NOTE).unlink(missing_ok=True)
    return gone


def _owner_of(parent: Path) -> Path | None:
    """The var/ that data elsewhere were made for, while it is there."""
    with suppress(OSError):
        var = Path((SHARED / f"{parent.name}.{MADE_FOR}").read_text().strip())
        return var if var.exists() else None
    return None
