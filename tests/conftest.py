"""Fixtures for every test; each stands in the module of its noun under tests/support/."""

import gc
import os

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

pytest.register_assert_rewrite("tests.support")
pytest_plugins = (
    "tests.support.bytecode",  # first: the others import nearly everything
    "tests.support.accessibility",
    "tests.support.application",
    "tests.support.bad_line",
    "tests.support.card_cases",
    "tests.support.card_processor",
    "tests.support.chromium",
    "tests.support.databases",
    "tests.support.live_server",
    "tests.support.outbox",
    "tests.support.people",
    "tests.support.queue_app",
    "tests.support.quote_builder",
    "tests.support.remembered",
    "tests.support.smtp",
    "tests.support.tax_office",
    "tests.support.town",
    "tests.support.whatsapp_line",
)

SLOW = [HealthCheck.too_slow]  # says how busy the machine is
hypothesis_settings.register_profile("default", max_examples=100, deadline=None, suppress_health_check=SLOW)
hypothesis_settings.register_profile("deep", max_examples=5_000, deadline=None, suppress_health_check=SLOW)
hypothesis_settings.load_profile(os.environ.get("PORTAL_HYPOTHESIS", "default"))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again takes a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


# They take longest, in this order: begun at the end, they would leave all workers but one with nothing to do.
# The first of them has the demonstration told, which takes minutes: whoever needs it later finds it told.
LONGEST = (
    "tests/portal/demo/test_loading.py",
    "tests/access/test_matrix.py",
    "tests/journeys/test_make_run.py",
    "tests/hostile",
    "tests/journeys",
    "tests/faults",
    "tests/access",
    "tests/lives",
    "tests/portal/demo",
    "tests/tools",
    "tests/portal/test_statements.py",
    "tests/architecture",
    "tests/calculator",
    "tests/portal/banking",
    "tests/portal/cards",
    "tests/portal/whatsapp",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))
