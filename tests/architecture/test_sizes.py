"""Small files: what does not fit is two ideas."""

import ast
from pathlib import Path

from tests.architecture.sources import lines_of, name_of, tree_of, under

MODULE, FUNCTION, TEMPLATE, TEST_FILE = 300, 40, 150, 400


class TestEveryFile:
    def test_of_the_product_has_at_most_300_lines(self) -> None:
        modules = [path for folder in ("calculator", "portal", "tools") for path in under(folder, ".py")]
        assert _longer(modules, MODULE) == []

    def test_of_tests_has_at_most_400_lines(self) -> None:
        assert _longer(under("tests", ".py"), TEST_FILE) == []

    def test_of_templates_has_at_most_150_lines(self) -> None:
        templates = under("templates", ".html") + under("templates", ".txt") + under("templates", ".typ")
        assert _longer(templates, TEMPLATE) == []

    def test_of_scripts_and_styles_has_at_most_300_lines(self) -> None:
        assert _longer(under("static", ".js") + under("static", ".css"), MODULE) == []


class TestEveryFunction:
    def test_has_at_most_40_lines(self) -> None:
        long = [
            f"{name_of(path)}:{node.lineno} {node.name} has {length}"
            for folder in ("calculator", "portal", "tools", "migrations")
            for path in under(folder, ".py")
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and "versions" not in path.parts  # a migration is a list of steps
            and (length := _length(node)) > FUNCTION
        ]
        assert long == []


def _longer(paths: list[Path], limit: int) -> list[str]:
    return [f"{name_of(path)} has {lines_of(path)} lines" for path in paths if lines_of(path) > limit]


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    assert node.end_lineno is not None
    documented = ast.get_docstring(node, clean=False)
    return node.end_lineno - node.lineno + 1 - (len(documented.splitlines()) if documented else 0)
