"""The oldest PostgreSQL that is at hand serves as well as the one that is brought along."""

import os
import subprocess
import sys

import pytest

from tests.support.own_server import ROOT
from tools.postgres.account import account_for
from tools.postgres.binaries import find_binaries
from tools.postgres.refusal import NoPostgres

ROOMS = ("tests/architecture/test_migrations.py", "tests/portal/shared", "tests/portal/customers")


@pytest.mark.deep
class TestTheSystemsPostgres:
    def test_takes_the_migrations_and_the_rooms_that_ask_most_of_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TEST_POSTGRES", "system")
        try:
            find_binaries(account_for())
        except NoPostgres:
            pytest.skip("this system has no PostgreSQL")
        of_this_run = ("TEST_DATABASE_URL", "TEST_DATABASES", "PYTEST_")
        outside = {name: value for name, value in os.environ.items() if not name.startswith(of_this_run)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", *ROOMS],
            cwd=ROOT,
            env=outside,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4_000:]
