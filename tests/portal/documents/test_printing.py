"""What a printed contract and its certificate hold, read back by poppler, which is not ours."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal.documents.operations.printing import render_certificate, render_paper, render_signed_paper
from portal.documents.rules.paper import Column, Facts, Heading, Paragraph, Table
from tests.factories.documents import ADDRESS, CODE, SIGNED_AT, STORED_AT, a_certificate, a_paper

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler")


def poppler(tool: str, pdf: bytes, folder: Path, *options: str) -> str:
    """What one of poppler's tools says of a file."""
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    output = ["-"] if tool == "pdftotext" else []
    done = subprocess.run([tool, *options, path, *output], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")  # pdfinfo writes some titles as they stand in the file


def words(pdf: bytes, folder: Path, *options: str) -> str:
    """The text in the order in which it stands in the file, lines joined."""
    return " ".join(poppler("pdftotext", pdf, folder, "-raw", *options).split())


def page_count(pdf: bytes, folder: Path) -> int:
    found = re.search(r"^Pages:\s+(\d+)$", poppler("pdfinfo", pdf, folder), re.MULTILINE)
    assert found
    return int(found[1])


@needs_poppler
class TestAPrintedContract:
    def test_is_archivable_and_accessible(self, tmp_path: Path) -> None:
        pdf = render_paper(a_paper(), now=STORED_AT)
        metadata = poppler("pdfinfo", pdf, tmp_path, "-meta")
        assert "<pdfaid:part>2</pdfaid:part>" in metadata
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        facts = poppler("pdfinfo", pdf, tmp_path)
        assert re.search(r"^Title: +Contrato de licença de uso de software 2026-000123$", facts, re.MULTILINE)
        assert re.search(r"^Tagged: +yes$", facts, re.MULTILINE)
        assert re.search(r"^JavaScript: +no$", facts, re.MULTILINE)
        assert b"/Lang(pt-BR)" in pdf

    def test_embeds_its_fonts(self, tmp_path: Path) -> None:
        fonts = poppler("pdffonts", render_paper(a_paper(), now=STORED_AT), tmp_path).splitlines()[2:]
        assert fonts
        assert all("Inter" in font and font.split()[-5:-2] == ["yes", "yes", "yes"] for font in fonts)

    @pytest.mark.deep
    def test_tags_headings_and_tables_for_screen_readers(self, tmp_path: Path) -> None:
        structure = poppler("pdfinfo", render_paper(a_paper(), now=STORED_AT), tmp_path, "-struct-text")
        assert re.search(r'^  H1 .*\n +"Contrato de licença de uso de software"$', structure, re.MULTILINE)
        assert re.search(r'^  H2 .*\n +"2\. Objeto"$', structure, re.MULTILINE)
        assert len(re.findall(r"^  Table ", structure, re.MULTILINE)) == 2
        assert re.search(
            r'TH .*\n +/Scope /Column\n +/Headers \[\]\n +"Vencimento"$', structure, re.MULTILINE
        )
        assert re.search(r'TFoot\n +TR\n +TD:\n(?: +/.*\n)+ +"Mensalidade"$', structure, re.MULTILINE)

    def test_reads_in_the_order_of_the_paper(self, tmp_path: Path) -> None:
        text = words(render_paper(a_paper(), now=STORED_AT), tmp_path)
        order = [
            "Contrato de licença de uso de software Hiper Gestão · Anual Nº 2026-000123 Partes",
            "Contratante Padaria Pão Quente Ltda CNPJ 12.ABC.345/01DE-35",
            "Item Quantidade Por mês Hiper Gestão 1 R$ 187,81 Usuário adicional 1 R$ 91,96",
            "Mensalidade R$ 279,77",
            "Parcela Vencimento Valor 1 de 12 15/01/2026 R$ 279,77 2 de 12",
            "2. Objeto 2.1 A CONTRATADA concede ao CONTRATANTE licença de uso",
            "3.2 É vedado ao CONTRATANTE: a) copiar, ceder, sublicenciar",
            "nos termos do art. 10, § 2º, da Medida Provisória 2.200-2/2001",
            "prevalece o foro de seu domicílio.",
        ]
        places = [text.find(each) for each in order]
        assert -1 not in places, order[places.index(-1)]
        assert places == sorted(places)

    @pytest.mark.deep
    def test_names_itself_on_every_page_and_counts_them(self, tmp_path: Path) -> None:
        pdf = render_paper(a_paper(), now=STORED_AT)
        count = page_count(pdf, tmp_path)
        assert count > 2
        for number in range(1, count + 1):
            page = words(pdf, tmp_path, "-f", str(number), "-l", str(number))
            assert "Nº 2026-000123" in page
            assert f"Página {number} de {count}" in page
            assert "Assinado" not in page

    @pytest.mark.deep
    def test_repeats_the_head_of_a_table_that_goes_on(self, tmp_path: Path) -> None:
        rows = tuple((str(number), "R$ 1,00") for number in range(1, 101))
        columns = (Column("Parcela"), Column("Valor", is_number=True))
        table = Table("Pagamentos", columns, rows, ("Total", "R$ 100,00"))
        pdf = render_paper(a_paper(parts=(Heading("Valores"), table)), now=STORED_AT)
        count = page_count(pdf, tmp_path)
        assert count >= 3
        for number in range(1, count + 1):
            assert "Parcela Valor" in words(pdf, tmp_path, "-f", str(number), "-l", str(number))
        assert words(pdf, tmp_path).count("Total R$ 100,00") == 1

    def test_is_the_same_file_every_time(self) -> None:
        first = render_paper(a_paper(), now=STORED_AT)
        assert render_paper(a_paper(), now=STORED_AT) == first
        assert render_paper(a_paper(), now=STORED_AT + timedelta(seconds=1)) != first

    @pytest.mark.parametrize(
        "text",
        [
            "#import sys: inputs; #panic()",
            "*not bold* _nor this_ $x^2$ `raw` <label> @ref https://evil.example //x",
            "= Heading\n- item #{1+1} \\ \u201c",
            "<script>alert(1)</script> {{ 7*7 }} ' OR 1=1",
        ],
    )
    def test_sets_hostile_text_as_text(self, tmp_path: Path, text: str) -> None:
        parts = (
            Heading(text),
            Paragraph(text, "1.1"),
            Facts(((text, text),)),
            Table(text, (Column(text),), ((text,),), (text,)),
        )
        pdf = render_paper(a_paper(title=text, subtitle=text, number=text, parts=parts), now=STORED_AT)
        assert words(pdf, tmp_path).count(" ".join(text.split())) >= 10

    def test_breaks_words_too_long_for_a_line_and_changes_none(self, tmp_path: Path) -> None:
        word = "abcdefghij" * 30
        parts = (Paragraph(word, "1.1"), Facts((("Nome", word),)))
        pdf = render_paper(a_paper(parts=parts), now=STORED_AT)
        assert poppler("pdftotext", pdf, tmp_path, "-raw").replace("\n", "").count(word) == 2
        page = poppler("pdftotext", pdf, tmp_path, "-bbox")
        assert (
            max(float(right) for right in re.findall(r'xMax="([\d.]+)"', page)) < 540
        )  # 595 less the margin

    def test_ends_no_line_inside_a_number_a_code_or_an_address(self, tmp_path: Path) -> None:
        kept = ("529.982.247-25", "ABCD-EFGH-JKLM", "ana@pao-quente.com.br", "art. 10", "§ 2º")
        parts = tuple(Paragraph(f"{'x' * number} " + " ".join(kept * 20)) for number in range(1, 10))
        lines = poppler("pdftotext", render_paper(a_paper(parts=parts), now=STORED_AT), tmp_path, "-raw")
        assert [lines.count(each) for each in kept] == [180] * 5


@needs_poppler
class TestASignedContract:
    @pytest.mark.deep
    def test_is_the_contract_followed_by_its_certificate(self, tmp_path: Path) -> None:
        unsigned = render_paper(a_paper(), now=STORED_AT)
        signed = render_signed_paper(a_paper(), a_certificate(unsigned), now=SIGNED_AT)
        count = page_count(unsigned, tmp_path)
        assert page_count(signed, tmp_path) == count + 1
        for number in range(1, count + 1):
            one = ("-f", str(number), "-l", str(number))
            stamp = f" Assinado eletronicamente. Código de verificação: {CODE}"
            page = words(signed, tmp_path, *one)
            assert stamp in page
            assert page.replace(stamp, "") == words(unsigned, tmp_path, *one)

    def test_is_archivable_and_accessible_too(self, tmp_path: Path) -> None:
        signed = render_signed_paper(a_paper(), a_certificate(), now=SIGNED_AT)
        metadata = poppler("pdfinfo", signed, tmp_path, "-meta")
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata


@needs_poppler
class TestACertificate:
    def test_says_who_signed_what_and_how(self, tmp_path: Path) -> None:
        text = words(render_certificate(a_certificate(b"the unsigned file"), now=SIGNED_AT), tmp_path)
        digest = "871c3d2531935ca7431f1986bd84e2b8596c44dc63eff4c08651c114b260c650"
        for expected in (
            "Nome Maria da Silva CPF 529.982.247-25 E-mail maria@paoquente.com.br",
            "Assinado em 10/06/2026 21:30:09 (hora de São Paulo, UTC−03:00)",
            "10/06/2026 21:27:09 Convite enviado a m•••a@paoquente.com.br",
            "10/06/2026 21:29:09 Código confirmado 2804:14d:5c5b:8f1a:19cf:4bcd:9e2a:77aa · Chrome no",
            "contrato-2026-000123.pdf (17 bytes)",
            f"Código de verificação: {CODE}",
            ADDRESS,
            "Assinatura eletrônica simples (Lei 14.063/2020, art. 4º, I)",
            "Medida Provisória 2.200-2/2001, art. 10, § 2º",
            "não se trata de assinatura qualificada (ICP-Brasil)",
            "sem carimbo do tempo de terceiros",
            "Página 1 de 1",
            digest,
        ):
            assert expected in text

    def test_says_when_it_is_for_development_and_only_then(self, tmp_path: Path) -> None:
        sentence = (
            "Certificado de desenvolvimento: o selo deste arquivo foi feito por um certificado de teste"
        )
        sheet = a_certificate()
        assert sentence in words(render_certificate(sheet, now=SIGNED_AT), tmp_path)
        real = replace(sheet, is_development=False, time_stamp_authority="ACT Exemplo")
        text = words(render_certificate(real, now=SIGNED_AT), tmp_path)
        assert "desenvolvimento:" not in text
        assert "com carimbo do tempo de ACT Exemplo." in text
        assert "sem carimbo" not in text

    def test_goes_on_over_pages_with_many_events(self, tmp_path: Path) -> None:
        sheet = a_certificate()
        pdf = render_certificate(replace(sheet, events=sheet.events * 20), now=SIGNED_AT)
        count = page_count(pdf, tmp_path)
        assert count >= 3
        last = words(pdf, tmp_path, "-f", str(count))
        assert f"Página {count} de {count}" in last

    def test_describes_its_picture_to_who_cannot_see_it(self) -> None:
        pdf = render_certificate(a_certificate(), now=SIGNED_AT)
        alternative = f"QR Code que leva à página de verificação: {ADDRESS}"
        assert f"/Alt<FEFF{alternative.encode('utf-16-be').hex().upper()}>".encode() in pdf
