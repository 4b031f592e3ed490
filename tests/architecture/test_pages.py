"""What pages say is made of rows that were read elsewhere: no SQL, no writes.

A page may take the session to ask queries with; it never uses it by itself. That it imports no operations
is an import contract.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, name_of, tree_of, under

READS = re.compile(r"portal\.\w+\.(queries|pages)\b")
READS_OF_SHARED = {"portal.shared.questions.ask", "portal.shared.tokens.find_shared"}


def pages() -> list[Path]:
    """The modules of the drawer, in every room."""
    return [
        path
        for path in under("portal", ".py")
        if len(parts := path.relative_to(ROOT / "portal").parts) > 1 and parts[1] in ("pages", "pages.py")
    ]


class TestPages:
    def test_import_nothing_that_makes_sql(self) -> None:
        assert [f"{name_of(path)}: {name}" for path in pages() for name in _sql(tree_of(path))] == []

    def test_assign_to_nothing_they_were_given(self) -> None:
        """To set a column is to write it with the next flush."""
        assert [f"{name_of(path)}:{line}" for path in pages() for line in _assigned(tree_of(path))] == []

    def test_hand_the_session_to_reads_only(self) -> None:
        assert [f"{name_of(path)}:{use}" for path in pages() for use in _uses(tree_of(path))] == []

    @pytest.mark.parametrize(
        "body",
        [
            "session.scalar(made)",
            "session.add(made)",
            "audit.record(session, made)",
            "issue(session=session)",
            "(db := session)",
        ],
    )
    def test_that_do_more_with_the_session_are_found(self, body: str) -> None:
        assert list(_uses(ast.parse(f"def page(session: Session) -> None:\n    {body}")))


def _sql(tree: ast.Module) -> Iterator[str]:
    """What is imported of SQLAlchemy or of the app's own session, but the type of a session."""
    for full in _imports(tree).values():
        if full.startswith(("sqlalchemy", "portal.shared.db")) and full != "sqlalchemy.orm.Session":
            yield full


def _assigned(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.lineno


def _uses(tree: ast.Module) -> Iterator[str]:
    """Each place that names a session, but to hand it to a function that reads."""
    imports = _imports(tree)
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    handed = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _is_read(call.func, imports, own)
        for argument in call.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "session" and id(node) not in handed:
            yield f"{node.lineno} {node.id}"
        if isinstance(node, ast.arg) and _is_session(node) and node.arg not in ("session", "_session"):
            yield f"{node.lineno} {node.arg}, which is a session by another name"


def _is_read(called: ast.expr, imports: dict[str, str], own: set[str]) -> bool:
    head, _, rest = ast.unparse(called).partition(".")
    full = ".".join(filter(None, (imports.get(head, head), rest)))
    return head in own or full in READS_OF_SHARED or READS.match(full) is not None


def _is_session(argument: ast.arg) -> bool:
    return isinstance(argument.annotation, ast.Name) and argument.annotation.id == "Session"


def _imports(tree: ast.Module) -> dict[str, str]:
    """The names a module imports, with what each is."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        if isinstance(node, ast.ImportFrom)
        else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
