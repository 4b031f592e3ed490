"""Every test here happens on 10/06/2026, a Wednesday, at noon."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.quotes import NOON


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield
