"""The calculator is pure: whole centavos, the standard library, no clock, nothing from outside."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import name_of, packages_of, tree_of, under

OUTSIDE = {
    "time",
    "random",
    "secrets",
    "os",
    "socket",
    "subprocess",
    "threading",
    "sqlite3",
    "urllib",
    "http",
}
EDGE = "calculator/__main__.py"  # the command reads its input


class TestTheCalculator:
    def test_holds_no_float(self) -> None:
        floats = [
            f"{name_of(path)}:{node.lineno}"
            for path in under("calculator", ".py")
            for node in ast.walk(tree_of(path))
            if (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id == "float")
        ]
        assert floats == []

    def test_divides_only_into_whole_numbers(self) -> None:
        divisions = [
            f"{name_of(path)}:{node.lineno}"
            for path in under("calculator", ".py")
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.BinOp | ast.AugAssign)
            and isinstance(node.op, ast.Div)
            and not _joins_a_path(node)
        ]
        assert divisions == []

    def test_needs_the_standard_library_alone(self) -> None:
        allowed = sys.stdlib_module_names | {"calculator"}
        foreign = [f"{name_of(path)}: {name}" for path, name in _imports() if name not in allowed]
        assert foreign == []

    def test_reads_no_clock_and_nothing_from_outside(self) -> None:
        outside = [
            f"{name_of(path)}: {name}"
            for path, name in _imports()
            if name in OUTSIDE and name_of(path) != EDGE
        ]
        assert outside == []


def _imports() -> Iterator[tuple[Path, str]]:
    """Each file of the calculator with each top-level package it imports."""
    for path in under("calculator", ".py"):
        for name in packages_of(path):
            yield path, name


def _joins_a_path(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether the division is pathlib's: a text stands on its right side."""
    right = node.right if isinstance(node, ast.BinOp) else node.value
    return isinstance(right, ast.Constant) and isinstance(right.value, str)
