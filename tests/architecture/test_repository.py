"""The repository speaks of the project alone and works on anybody's machine."""

import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions

from tests.architecture.sources import ROOT, name_of, packages_of, text_files, under

ADDRESS = re.compile(r"https?://|file://|--(?:extra-)?index-url|--find-links")
# Folders that exist on one machine only. A temporary folder of our own choosing is none of them.
MACHINE = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work)/")
HANDLER = r"\son(?:blur|change|click|error|focus|input|key\w+|load|mouse\w+|submit|toggle)\s*="
INLINE = re.compile(rf"<style\b|<script(?![^>]*\bsrc=)|\sstyle\s*=|{HANDLER}", re.IGNORECASE)
UNSAFE = re.compile(r"[^\"'\s]\s*\|\s*safe\b")
JSON_SCRIPT = re.compile(r"<script[^>]*type=\"application/json\"")


class TestLockFiles:
    def test_name_no_address(self) -> None:
        locks = under("requirements", ".txt")
        assert [name_of(path) for path in locks if ADDRESS.search(path.read_text())] == []

    def test_pin_every_package_with_a_hash(self) -> None:
        locks = under("requirements", ".txt")
        assert locks
        for path in locks:
            entries = re.split(r"\n(?=[a-z0-9])", path.read_text())[1:]
            assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []

    def test_exist_for_every_list(self) -> None:
        lists = {path.stem for path in under("requirements", ".in")}
        assert {path.stem for path in under("requirements", ".txt")} == lists


class TestRequirements:
    """A package that is only on one's own machine makes a green run that fails on every other."""

    def test_name_what_the_product_imports(self) -> None:
        assert _unlocked(("portal", "calculator", "migrations"), ("runtime",)) == set()

    def test_name_what_tests_and_tools_import(self) -> None:
        assert _unlocked(("tests", "tools", "bench"), ("runtime", "local", "dev")) == set()


class TestFiles:
    def test_hold_no_path_of_a_machine(self) -> None:
        assert _lines_with(MACHINE) == []


class TestTemplates:
    def test_hold_no_inline_style_or_script(self) -> None:
        found = [
            f"{name_of(path)}:{number}"
            for path in under("templates", ".html")
            if "emails" not in path.parts  # mail programs know no stylesheets
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
            if INLINE.search(line) and not JSON_SCRIPT.search(line)
        ]
        assert found == []

    def test_mark_nothing_as_safe_but_their_own_literals(self) -> None:
        found = [name_of(path) for path in under("templates", ".html") if UNSAFE.search(path.read_text())]
        assert found == []


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in text_files()
        if path.parent != ROOT / "requirements"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def _unlocked(folders: tuple[str, ...], lists: tuple[str, ...]) -> set[str]:
    """The packages that files in `folders` import and no lock of `lists` pins."""
    locked = {
        name
        for path in under("requirements", ".txt")
        if path.stem in lists
        for name in re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", path.read_text(), re.MULTILINE)
    }
    own = sys.stdlib_module_names | {"bench", "calculator", "migrations", "portal", "tests", "tools"}
    made_by = _distributions()
    imported = {
        name for folder in folders for path in under(folder, ".py") for name in packages_of(path)
    } - own
    return {
        name
        for name in imported
        if not locked & {re.sub(r"[._-]+", "-", made.lower()) for made in made_by.get(name, ())}
    }


@cache  # it reads the lists of files of all that is installed
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()
