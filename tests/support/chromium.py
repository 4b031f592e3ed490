"""The browser of the journeys, as pytest-playwright's fixtures."""

import asyncio
import os
from collections.abc import Iterator

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


@pytest.fixture(autouse=True)
def no_loop_of_playwright(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that playwright leaves running from tests without a browser.

    What seals a document (pyHanko) runs one of its own, which no thread may have twice.
    """
    if request.node.get_closest_marker("browser"):
        yield
        return
    hidden = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(hidden)


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
