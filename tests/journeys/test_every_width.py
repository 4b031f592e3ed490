"""Every page that links lead to, as wide as a phone, a tablet and a small screen.

None scrolls sideways; where there is room, a list's filters show to its end what is chosen.
"""

import re
from collections import Counter
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import OpenBrowser
from tests.journeys.test_home import sign_in
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.deep]

WIDTHS = (360, 768, 1000)
OF_A_KIND = 2  # pages that differ by their numbers only
FILE = re.compile(r"\.(csv|pdf|xml|zip|rem|txt)$|/arquivo|/baixar|/pdf|^/documentos/\d")
ROOM_FOR_CHOICES = 768
# Names of the selects that are narrower than their longest choice.
CUT_OFF = """selects => selects.filter(select => {
    const style = getComputedStyle(select), pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return room > 0 && [...select.options].some(each => pen.measureText(each.text).width > room + 1);
}).map(select => select.name)"""
LINKS = "links => links.map(link => link.getAttribute('href'))"


def kind_of(path: str) -> str:
    """An address without its numbers and what is asked of it."""
    return re.sub(r"\d+", "#", urlsplit(path).path)


def clumsy(page: Page) -> list[str]:
    """At which widths the page is wider than the screen, or a filter narrower than its choices."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        beyond = page.evaluate("document.documentElement.scrollWidth") - width
        if beyond > 0:
            found.append(f"{page.url} is {beyond} px wider than {width} px")
        if width >= ROOM_FOR_CHOICES and (cut_off := page.locator(".filters select").evaluate_all(CUT_OFF)):
            found.append(f"{page.url} cuts off choices at {width} px: {', '.join(cut_off)}")
    return found


@pytest.mark.parametrize(
    ("email", "fewest_kinds"),
    [
        ("paulo@sul.example", 25),
        ("ana@portal.example", 25),
        ("carla@portal.example", 40),
        ("elisa@portal.example", 55),
    ],
)
def test_is_wide_enough_for_every_page(
    live_server: LiveServer, open_browser: OpenBrowser, email: str, fewest_kinds: int
) -> None:
    page = open_browser()
    sign_in(page, live_server, email)
    seen: Counter[str] = Counter()
    waiting, found = ["/"], []
    while waiting:
        path = waiting.pop(0)
        if seen[kind_of(path)] >= OF_A_KIND:
            continue
        seen[kind_of(path)] += 1
        page.goto(live_server.url + path)
        found += clumsy(page)
        hrefs = page.locator("a[href^='/']").evaluate_all(LINKS)
        waiting += [urldefrag(href).url for href in hrefs if not FILE.search(urlsplit(href).path)]
    assert found == []
    assert len(seen) >= fewest_kinds
