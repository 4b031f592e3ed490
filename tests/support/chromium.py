"""The browser of the journeys, as pytest-playwright's fixtures."""

import os

import pytest
from playwright.sync_api import Playwright

from tools.browser import MISSING, find

QUIET = (  # nothing but the portal is asked for anything
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, object], playwright: Playwright
) -> dict[str, object]:
    """pytest-playwright's: how its `browser` fixture starts the browser."""
    path = find(playwright)
    if path is None:
        pytest.fail(MISSING)
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium's sandbox refuses root
    return browser_type_launch_args | {"executable_path": path, "args": [*QUIET, *sandbox]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """pytest-playwright's: what every page of a journey is opened with."""
    return browser_context_args | {
        "locale": "pt-BR",
        "timezone_id": "America/Sao_Paulo",
        "viewport": {"width": 1280, "height": 800},
        "reduced_motion": "reduce",
    }
