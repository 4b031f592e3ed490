"""`flask --app wsgi catalog import`."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from portal.catalog.models import PublishedPriceList
from tests.factories.catalog import DEMO, list_text
from tests.support.application import Transaction


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["catalog", "import", *words])


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """The demonstration list as a file."""
    file = tmp_path / "catalog.toml"
    file.write_text(DEMO, encoding="utf-8")
    return file


def codes(transaction: Transaction) -> list[str]:
    with transaction() as session:
        return list(session.scalars(select(PublishedPriceList.code)))


class TestTheImportCommand:
    def test_publishes_once_and_says_so(self, app: Flask, demo: Path, transaction: Transaction) -> None:
        first, second = run(app, str(demo)), run(app, str(demo))
        assert first.exit_code == second.exit_code == 0
        assert "Publicada: demo-2026-06, válida a partir de 01/06/2026." in first.output
        assert "já está publicada com este conteúdo. Nada a fazer." in second.output
        assert codes(transaction) == ["demo-2026-06"]

    def test_stores_nothing_in_a_dry_run(self, app: Flask, demo: Path, transaction: Transaction) -> None:
        result = run(app, str(demo), "--dry-run")
        assert result.exit_code == 0
        assert "Ensaio: nada foi gravado." in result.output
        assert codes(transaction) == []

    def test_names_every_problem_with_its_line_and_ends_with_1(
        self, app: Flask, demo: Path, transaction: Transaction
    ) -> None:
        demo.write_text(list_text(change='monthly = "69.90"=>monthly = "99.90"'), encoding="utf-8")
        result = run(app, str(demo))
        assert result.exit_code == 1
        assert "(plans.mini.minimum.monthly): O mínimo" in result.output
        assert "A tabela não pode ser publicada. Nada foi gravado." in result.output
        assert codes(transaction) == []

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (None, "Não foi possível ler"),
            (b"\x00\x01\x02", "O arquivo não é um texto em UTF-8."),
            (b"", "O arquivo está vazio."),
            (b"#" * 300_000, "O arquivo passa de 256 KB."),
        ],
        ids=["missing", "binary", "empty", "too large"],
    )
    def test_says_in_one_sentence_what_is_wrong_with_a_file(
        self, app: Flask, tmp_path: Path, content: bytes | None, sentence: str
    ) -> None:
        file = tmp_path / "tabela.toml"
        if content is not None:
            file.write_bytes(content)
        result = run(app, str(file))
        assert result.exit_code == 1
        assert sentence in result.output
        assert len(result.output.strip().splitlines()) == 1

    def test_cannot_read_a_folder(self, app: Flask, tmp_path: Path) -> None:
        assert run(app, str(tmp_path)).exit_code == 1


def test_the_shipped_demonstration_list_is_the_one_tests_use() -> None:
    root = Path(__file__).parents[3]
    assert (root / "portal/catalog/demo/catalog.toml").read_text(encoding="utf-8") == DEMO
