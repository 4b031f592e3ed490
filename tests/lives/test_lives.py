"""Whatever happens in a customer's life, no centavo goes astray: checked after every step."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.conftest import Begin
from tests.lives.machine import Lives
from tests.lives.stories import STORIES, tell

MUCH = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
LITTLE = settings(MUCH, max_examples=2, stateful_step_count=12, derandomize=True, database=None)
SHORT = "a slip stands in two files"


def lives_of(begin: Begin) -> type[Lives]:
    return type("TheseLives", (Lives,), {"begin": staticmethod(begin)})


class TestWholeLives:
    @pytest.mark.parametrize(
        "name", [name if name == SHORT else pytest.param(name, marks=pytest.mark.deep) for name in STORIES]
    )
    def test_that_are_told_leave_nothing_astray(self, begin: Begin, name: str) -> None:
        tell(lives_of(begin)(), STORIES[name])

    @pytest.mark.parametrize("amount", [LITTLE, pytest.param(MUCH, marks=pytest.mark.deep)])
    def test_leave_nothing_astray(self, begin: Begin, amount: settings) -> None:
        run_state_machine_as_test(lives_of(begin), settings=amount)
