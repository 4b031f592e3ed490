"""Whatever happens in a customer's life, no centavo goes astray: checked after every step."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.conftest import Begin
from tests.lives.machine import Lives

LITTLE = settings(
    max_examples=4,
    stateful_step_count=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
MUCH = settings(LITTLE, max_examples=60, stateful_step_count=40)


class TestWholeLives:
    @pytest.mark.parametrize("amount", [LITTLE, pytest.param(MUCH, marks=pytest.mark.deep)])
    def test_leave_nothing_astray(self, begin: Begin, amount: settings) -> None:
        lives = type("TheseLives", (Lives,), {"begin": staticmethod(begin)})
        run_state_machine_as_test(lives, settings=amount)
