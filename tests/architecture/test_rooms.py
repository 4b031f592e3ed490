"""Every room has the same drawers, and the import contracts know every room."""

import ast
import tomllib
from collections.abc import Iterator

from tests.architecture.sources import ROOT, files, name_of, tree_of, under

DRAWERS = {
    "__init__",
    "rules",
    "events",
    "models",
    "queries",
    "pages",
    "notifications",
    "operations",
    "forms",
    "routes",
    "webhooks",
    "reactions",
    "jobs",
    "scheduled",
    "cli",
}
BELOW_THE_EDGE = {"rules", "events", "models", "queries", "pages", "notifications", "operations", "forms"}
READINGS = {"now", "today"}
NOT_ROOMS = {"config", "gateways", "shared", "demo"}
NAMELESS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "misc",
    "common",
    "manager",
    "managers",
    "service",
    "services",
}


def rooms() -> set[str]:
    """The packages of the business."""
    packages = {path.parent.name for path in under("portal", ".py") if path.parent.parent.name == "portal"}
    return packages - NOT_ROOMS


class TestEveryRoom:
    def test_holds_nothing_but_drawers(self) -> None:
        known = rooms()
        strangers = [
            name_of(path)
            for path in under("portal", ".py")
            if path.relative_to(ROOT / "portal").parts[0] in known
            and path.relative_to(ROOT / "portal").parts[1].removesuffix(".py") not in DRAWERS
        ]
        assert strangers == []

    def test_says_what_it_is_for(self) -> None:
        silent = [
            room for room in rooms() if not (ROOT / "portal" / room / "__init__.py").read_text().strip()
        ]
        assert silent == []

    def test_is_known_to_the_contract_about_drawers(self) -> None:
        assert _containers("Inside a room") == {f"portal.{room}" for room in rooms()}


class TestTheClock:
    def test_is_read_at_the_edge_only(self) -> None:
        """Below it `now` and `today` are arguments; `clock.day_of` only computes."""
        reads = [
            f"{name_of(path)}:{line}"
            for path in under("portal", ".py")
            if BELOW_THE_EDGE
            & {part.removesuffix(".py") for part in path.relative_to(ROOT / "portal").parts[1:]}
            for line in _clock_readings(tree_of(path))
        ]
        assert reads == []


class TestNames:
    def test_say_what_is_inside(self) -> None:
        assert [
            name_of(path) for path in files() if path.stem in NAMELESS or path.parent.name in NAMELESS
        ] == []

    def test_in_shared_are_no_drawers(self) -> None:
        """A contract on `portal.*.forms` would match them too; `events` is exempted."""
        taken = {path.stem for path in (ROOT / "portal" / "shared").iterdir()} & (DRAWERS - {"__init__"})
        assert taken <= {"events"}


def _containers(rule: str) -> set[str]:
    """The packages a contract of pyproject.toml speaks of."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = [contract for contract in contracts if contract["name"].startswith(rule)]
    return set(found["containers"])


def _clock_readings(tree: ast.Module) -> Iterator[int]:
    """The lines that call, or import by name, what reads the clock."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="clock"), attr=attribute) if attribute in READINGS:
                yield node.lineno
            case ast.ImportFrom(module="portal.shared.clock", names=names) if READINGS & {
                n.name for n in names
            }:
                yield node.lineno
