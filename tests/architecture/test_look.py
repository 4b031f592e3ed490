"""What every page's look promises, wherever the page is."""

import gzip
import re
from enum import StrEnum

import pytest

from portal.quotes.rules.states import ApprovalState, QuoteState
from tests.architecture.sources import ROOT, name_of, under

STATIC = ROOT / "static"
FIRST_VISIT_LIMIT, LATER_VISIT_LIMIT = 150_000, 30_000
ICON_NAMED = re.compile(r"\bicon\(\s*\"([\w-]+)\"|\bicon_name=\"([\w-]+)\"")
NEEDS_EVAL = re.compile(r"\shx-on[:-]|[\"']js:|hx-trigger=\"(?:[^\"]*,)?\s*[\w:.-]+\[")
LOADED = re.compile(r"for name in \((.*?)\) %\}", re.DOTALL)


class TestAnIcon:
    def test_named_in_a_template_is_in_the_sprite(self) -> None:
        sprite = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
        drawn = set(re.findall(r"<symbol id=\"([\w-]+)\"", sprite))
        named = {
            (name_of(path), found)
            for path in under("templates", ".html")
            for match in ICON_NAMED.finditer(path.read_text(encoding="utf-8"))
            if (found := match[1] or match[2])
        }
        assert named
        assert {(place, icon) for place, icon in named if icon not in drawn} == set()

    def test_of_the_menu_is_in_the_sprite(self) -> None:
        sprite = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
        menu = (ROOT / "portal" / "navigation.py").read_text(encoding="utf-8")
        icons = re.findall(r"Entry\(.*\"([\w-]+)\"\)", menu)
        assert icons
        assert [icon for icon in icons if f'<symbol id="{icon}"' not in sprite] == []

    def test_of_the_sprite_is_drawn_somewhere(self) -> None:
        sprite = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
        sources = [*under("templates", ".html"), ROOT / "portal" / "navigation.py"]
        named = set(
            re.findall(r"\"([\w-]+)\"", "".join(path.read_text(encoding="utf-8") for path in sources))
        )
        assert set(re.findall(r"<symbol id=\"([\w-]+)\"", sprite)) - named == set()


class TestAState:
    @pytest.mark.parametrize("states", [QuoteState, ApprovalState])
    def test_has_a_look_of_its_own(self, states: type[StrEnum]) -> None:
        badge = (ROOT / "templates" / "components" / "badge.html").read_text(encoding="utf-8")
        assert [state.value for state in states if f'"{state.value}": (' not in badge] == []


class TestATone:
    def test_named_in_a_template_is_one_of_those_there_are(self) -> None:
        notice = (ROOT / "templates" / "components" / "notice.html").read_text(encoding="utf-8")
        (icons,) = re.findall(r"TONE_ICONS = \{(.*)\}", notice)
        named = {
            (name_of(path), tone)
            for path in under("templates", ".html")
            for tone in re.findall(r"\btone=\"([\w-]+)\"", path.read_text(encoding="utf-8"))
        }
        assert named
        assert {(place, tone) for place, tone in named if f'"{tone}": ' not in icons} == set()


class TestATemplate:
    def test_asks_htmx_for_nothing_the_content_policy_refuses(self) -> None:
        asking = [
            f"{name_of(path)}:{number}"
            for path in under("templates", ".html")
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
            if NEEDS_EVAL.search(line)
        ]
        assert asking == []


class TestTheParts:
    def test_loaded_by_every_page_weigh_little_on_the_first_visit(self) -> None:
        styles = [STATIC / "css" / f"{name}.css" for name in _names_in("_styles.html")]
        scripts = [STATIC / "js" / f"{name}.js" for name in _names_in("_scripts.html")]
        shared = [
            STATIC / "vendor" / "tabler.css",
            STATIC / "vendor" / "htmx.min.js",
            *STATIC.glob("img/*.svg"),
        ]
        weight = sum(len(gzip.compress(path.read_bytes())) for path in [*styles, *scripts, *shared])
        assert weight <= FIRST_VISIT_LIMIT - LATER_VISIT_LIMIT

    def test_that_exist_are_named_by_a_template(self) -> None:
        templates = "".join(path.read_text(encoding="utf-8") for path in under("templates", ".html"))
        left_over = [
            name_of(path)
            for path in [*under("static", ".css"), *under("static", ".js")]
            if f'"{path.stem}"' not in templates and f"{path.parent.name}/{path.name}'" not in templates
        ]
        assert left_over == []


def _names_in(layout: str) -> list[str]:
    """The files a layout's loop loads on every page."""
    found = LOADED.search((ROOT / "templates" / "layouts" / layout).read_text(encoding="utf-8"))
    assert found
    return re.findall(r"\"([\w-]+)\"", found[1])
