"""The lives find faults that are planted in code and database; `make test-deep` says which and by what.

First the stories are told, in their order and whatever is planted, then lives are invented.
"""

import sys
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import SQLAlchemyError

from tests.lives.conftest import Begin
from tests.lives.faults import FAULTS
from tests.lives.machine import Lives
from tests.lives.stories import STORIES, tell
from tests.lives.world import World

HUNT = settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
QUICK = "numbers"  # found by the first sale


class Search:
    """Lives in which something is planted; `lived` counts them, `told` is the last story."""

    def __init__(self, begin: Begin, name: str) -> None:
        self.lived, self.told = 0, ""

        def spoiled(day: date) -> World:
            self.lived += 1
            world = begin(day)
            in_database = FAULTS[name].in_database
            if in_database is not None:
                world.do(in_database)
            return world

        self.lives = type("SpoiledLives", (Lives,), {"begin": staticmethod(spoiled)})

    def run(self) -> None:
        """Until something is astray."""
        for told, story in STORIES.items():
            self.told = told
            tell(self.lives(), story)
        self.told = "an invented life"
        run_state_machine_as_test(self.lives, settings=HUNT)


@pytest.fixture(scope="module")
def findings(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """A line for each fault, all of them printed at the end."""
    lines: list[str] = []
    yield lines
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write("\n" + "".join(f"  {line}\n" for line in lines))


class TestAPlantedFault:
    @pytest.mark.parametrize(
        "name", [QUICK, *(pytest.param(name, marks=pytest.mark.deep) for name in FAULTS if name != QUICK)]
    )
    def test_is_found(
        self, begin: Begin, monkeypatch: pytest.MonkeyPatch, findings: list[str], name: str
    ) -> None:
        fault = FAULTS[name]
        if fault.in_code is not None:
            fault.in_code(monkeypatch)
        search = Search(begin, name)
        with pytest.raises((AssertionError, SQLAlchemyError)) as found:
            search.run()
        first = str(found.value).splitlines()[0]
        findings.append(
            f"{name}: {fault.broken} ({fault.where})\n"
            f"    found in life {search.lived} ({search.told}): {first}"
        )
