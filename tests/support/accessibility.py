"""axe over a page, as a sentence for each violation."""

from collections.abc import Callable
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 800}, {"width": 360, "height": 740})
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

type CheckAccessibility = Callable[[Page], None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In the slow tests a journey goes once, at both widths: a second would begin with what it left."""
    if "check_accessibility" not in metafunc.fixturenames:
        return
    ways: list[object] = [pytest.param("at both widths", marks=pytest.mark.deep)]
    if metafunc.config.option.markexpr and not any(metafunc.definition.iter_markers("deep")):
        ways.insert(0, "at a width")
    metafunc.parametrize("check_accessibility", ways, indirect=True)


@pytest.fixture
def check_accessibility(request: pytest.FixtureRequest) -> CheckAccessibility:
    """`check_accessibility(page)` fails when axe finds anything or the page scrolls sideways.

    How wide a page is, is looked at on a desk and on a telephone. axe, which takes longest in a journey,
    looks at one of the two by turns, in the slow tests at both.
    """
    axe, turns = Axe(), count(len(request.node.name))  # of tests with one look, some begin on a telephone

    def check(page: Page) -> None:
        before, turn = page.viewport_size, next(turns)
        for place, size in enumerate(SIZES):
            page.set_viewport_size(size)
            here = f"{page.url} at {size['width']} px"
            if request.param == "at both widths" or place == turn % len(SIZES):
                found = axe.run(page).response["violations"]
                assert not found, f"{here}:\n" + "\n".join(map(_sentence, found))
            beyond = page.evaluate(BEYOND)
            assert beyond <= 0, f"{here} is {beyond} px wider than the screen"
        if before:
            page.set_viewport_size(before)

    return check


def _sentence(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    places = "; ".join(f"{node['html']} ({node['failureSummary']})" for node in nodes[:3])
    return f"{violation['id']}: {violation['help']} – {places}"
