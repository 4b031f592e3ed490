"""Templates are compiled by one process for all that follow."""

import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask, render_template

from portal.shared import compiled


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a template, and Python writing bytecode beside its sources."""
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text("Olá, {{ name }}")
    return tmp_path


def app_at(root: Path) -> Flask:
    app = Flask("an app", root_path=str(root))
    compiled.init_app(app)
    return app


def page_of(app: Flask) -> str:
    with app.app_context():
        return render_template("page.html", name="Ana")


def compiles_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    def refuse(*_any: object) -> NoReturn:
        raise AssertionError("compiled again")

    monkeypatch.setattr(app.jinja_env, "compile", refuse)
    return app


class TestATemplate:
    def test_is_compiled_once_for_all_processes(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert page_of(app_at(root)) == "Olá, Ana"
        assert list((root / "templates/__pycache__").iterdir())
        assert page_of(compiles_nothing(app_at(root), monkeypatch)) == "Olá, Ana"

    def test_that_changed_is_compiled_anew(self, root: Path) -> None:
        page_of(app_at(root))
        (root / "templates/page.html").write_text("Bom dia, {{ name }}")
        assert page_of(app_at(root)) == "Bom dia, Ana"

    def test_stands_under_pythons_own_folder_for_bytecode(
        self, root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        prefix = tmp_path_factory.mktemp("bytecode")
        monkeypatch.setattr(sys, "pycache_prefix", str(prefix))
        page_of(app_at(root))
        assert [path for path in prefix.rglob("*") if path.is_file()]
        assert not (root / "templates/__pycache__").exists()


class TestWhereNothingCanBeKept:
    def test_a_folder_that_takes_no_file_costs_nobody_a_page(self, root: Path) -> None:
        app = app_at(root)
        shutil.rmtree(root / "templates/__pycache__")
        assert page_of(app) == "Olá, Ana"

    def test_a_folder_that_cannot_be_made_is_done_without(self, root: Path) -> None:
        (root / "templates/__pycache__").write_text("a file of this name")
        assert page_of(app_at(root)) == "Olá, Ana"

    def test_nothing_is_kept_where_python_keeps_no_bytecode(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        assert page_of(app_at(root)) == "Olá, Ana"
        assert not (root / "templates/__pycache__").exists()
