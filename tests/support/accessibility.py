"""axe over a page, as a sentence for each violation."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = ((1280, 800), (360, 740))

type CheckAccessibility = Callable[[Page], None]


@pytest.fixture(scope="session")
def check_accessibility() -> CheckAccessibility:
    """`check_accessibility(page)` fails when axe finds anything or the page scrolls sideways."""
    axe = Axe()

    def check(page: Page) -> None:
        before = page.viewport_size
        for width, height in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            results = axe.run(page)
            violations = [_sentence(violation) for violation in results.response["violations"]]
            assert not violations, f"{page.url} at {width} px:\n" + "\n".join(violations)
            beyond = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert beyond <= 0, f"{page.url} is {beyond} px wider than a screen of {width} px"
        if before:
            page.set_viewport_size(before)

    return check


def _sentence(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    places = "; ".join(f"{node['html']} ({node['failureSummary']})" for node in nodes[:3])
    return f"{violation['id']}: {violation['help']} – {places}"
