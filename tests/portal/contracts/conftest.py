"""The contracts room on its day."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.quotes import NOON


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """The clock stands at noon of 10/06/2026, and goes on."""
    with time_machine.travel(NOON, tick=True):
        yield
