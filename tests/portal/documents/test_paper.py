"""The structure of a document, on its way into the database and onto a screen."""

import json

import pytest
from flask import Flask, render_template_string

from portal.documents.rules.files import size_in_words
from portal.documents.rules.paper import (
    Column,
    Facts,
    Heading,
    Paper,
    Paragraph,
    Table,
    digest_of,
    paper_from_json,
    paper_to_json,
)
from tests.factories.documents import a_paper
from tests.support.html import faults

SHOWN = '{% from "documents/_reading.html" import reading %}{{ reading(paper) }}'


def shown(app: Flask, paper: Paper) -> str:
    with app.test_request_context():
        return render_template_string(SHOWN, paper=paper)


class TestAPaper:
    def test_comes_back_from_json_as_it_was(self) -> None:
        paper = a_paper()
        assert paper_from_json(json.loads(json.dumps(paper_to_json(paper)))) == paper

    def test_has_a_digest_that_tells_it_from_any_other(self) -> None:
        assert digest_of(a_paper()) == digest_of(a_paper())
        others = [a_paper(title="Outro"), a_paper(number="2"), a_paper(parts=(Paragraph("x"),))]
        assert len({digest_of(paper) for paper in (a_paper(), *others)}) == 4

    def test_takes_no_row_that_does_not_fit_its_columns(self) -> None:
        columns = (Column("Item"), Column("Valor", is_number=True))
        with pytest.raises(ValueError, match="1 texts under 2 columns"):
            Table("Serviços", columns, (("Plano",),))
        with pytest.raises(ValueError, match="3 texts under 2 columns"):
            Table("Serviços", columns, (), ("Total", "", "R$ 1,00"))

    def test_takes_no_headings_a_screen_reader_could_not_place(self) -> None:
        with pytest.raises(ValueError, match="level 3"):
            Heading("Fundo demais", 3)
        with pytest.raises(ValueError, match="level 1"):
            a_paper(parts=(Heading("Sem seção", 2),))


class TestReadingAPaper:
    @pytest.mark.deep
    def test_shows_all_of_it_in_order(self, app: Flask) -> None:
        paper = a_paper(
            parts=(
                Heading("Partes"),
                Heading("Contratante", 2),
                Facts((("Nome", "Padaria"), ("Telefone", ""))),
                Table(
                    "Serviços",
                    (Column("Item"), Column("Por mês", is_number=True)),
                    (("Plano", "R$ 9,00"),),
                    ("Mensalidade", "R$ 9,00"),
                ),
                Paragraph("É vedado:", "1.1"),
                Paragraph("copiar.", "a)"),
            )
        )
        html = shown(app, paper)
        order = [
            '<h2 class="paper-title">Contrato de licença de uso de software</h2>',
            "Nº 2026-000123",
            "<h3>Partes</h3>",
            "<h4>Contratante</h4>",
            "<dt>Nome</dt><dd>Padaria</dd>",
            '<caption class="paper-caption">Serviços</caption>',
            '<th scope="col" class="number">Por mês</th>',
            '<td class="number" data-label="Por mês">R$ 9,00</td>',
            "<tfoot>",
            '<span class="paper-mark">1.1</span> É vedado:',
            '<span class="paper-mark">a)</span> copiar.',
        ]
        places = [html.find(each) for each in order]
        assert -1 not in places, order[places.index(-1)]
        assert places == sorted(places)
        assert "Telefone" not in html

    def test_shows_hostile_text_as_text(self, app: Flask) -> None:
        hostile = "<script>alert(1)</script>\"'{{ 7*7 }}"
        parts = (
            Heading(hostile),
            Paragraph(hostile, hostile),
            Facts(((hostile, hostile),)),
            Table(hostile, (Column(hostile),), ((hostile,),), (hostile,)),
        )
        html = shown(app, a_paper(title=hostile, subtitle=hostile, number=hostile, parts=parts))
        assert "<script" not in html
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;{{ 7*7 }}") >= 12
        assert not faults(f"<!doctype html><html lang='pt-BR'><title>x</title><body>{html}</body></html>")


class TestTheSizeOfAFile:
    @pytest.mark.parametrize(
        ("size", "words"),
        [(1, "1 kB"), (1000, "1 kB"), (71_111, "72 kB"), (999_999, "1000 kB"), (1_300_000, "1,3 MB")],
    )
    def test_is_never_said_smaller_than_it_is(self, size: int, words: str) -> None:
        assert size_in_words(size) == words
