"""Whoever walks through the portal here hears what the browser complains of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

expect.set_options(timeout=15_000)  # a machine that does other work as well takes its time

PREVIEW = "/orcamentos/calculo"  # below the minimum it answers 422
ABORTED = "net::ERR_ABORTED"  # by a newer preview, or by leaving the page

type OpenBrowser = Callable[..., Page]


@dataclass
class Complaints:
    """Console errors, broken scripts, refused content and failed requests of some pages."""

    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.heard.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self.heard.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not (response.url.endswith(PREVIEW) and response.status == 422):
            self.heard.append(f"{response.status}: {response.request.method} {response.url}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the browsers of this test complained of; anything fails it."""
    complaints = Complaints()
    yield complaints
    assert complaints.heard == []


@pytest.fixture
def open_browser(new_context: Callable[..., BrowserContext], complaints: Complaints) -> OpenBrowser:
    """`open_browser()` is the page of another person; keywords are those of playwright's contexts."""

    def begin(**settings: object) -> Page:
        page = new_context(**settings).new_page()
        complaints.listen(page)
        return page

    return begin
