"""The lives find faults that are planted in code and database; `make test-deep` says which and by what."""

import sys
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import SQLAlchemyError

from tests.lives.conftest import Begin
from tests.lives.faults import FAULTS
from tests.lives.machine import Lives
from tests.lives.world import World

HUNT = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
QUICK = "numbers"  # found by the first sale


class TestAPlantedFault:
    @pytest.mark.parametrize(
        "name", [QUICK, *(pytest.param(name, marks=pytest.mark.deep) for name in FAULTS if name != QUICK)]
    )
    def test_is_found(
        self, begin: Begin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        fault = FAULTS[name]
        if fault.in_code is not None:
            fault.in_code(monkeypatch)

        def spoiled(day: date) -> World:
            world = begin(day)
            if fault.in_database is not None:
                world.do(fault.in_database)
            return world

        lives = type("SpoiledLives", (Lives,), {"begin": staticmethod(spoiled)})
        with pytest.raises((AssertionError, SQLAlchemyError)) as found:
            run_state_machine_as_test(lives, settings=HUNT)
        with capsys.disabled():
            first = str(found.value).splitlines()[0]
            sys.stdout.write(f"\n{name}: {fault.broken} ({fault.where})\n    found: {first}\n")
