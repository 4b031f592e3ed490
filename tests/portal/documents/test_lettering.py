"""Which letters our papers print: all that the font has, read back by poppler, which is not ours."""

import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from portal.documents.operations.lettering import unprintable
from portal.documents.operations.printing import (
    render_certificate,
    render_paper,
    render_proposal,
    render_signed_paper,
    render_slip,
)
from portal.documents.rules.paper import Facts, Heading
from portal.documents.rules.proposal import ProposalSheet
from portal.documents.rules.slip import BoletoSlip
from tests.factories.documents import SIGNED_AT, STORED_AT, a_certificate, a_paper
from tests.support.pdf import text_of

# Names people in Brazil bear, of its own peoples and of those who came. By hand: no list of ours decides.
NAMES = (
    "Associação Kaingang Nẽn Ga Tupỹ",
    "Mbyá Guarani: Tekoa Ka’aguy Hovy Porã, G̃uyra, Y\u0303vy",
    "Škoda & Ďurišová – Łódź Çelik Ğökçe Iğdır",
    "Nguyễn Thị Hằng",
    "Ștefan Țepeș, Þór Eiríksson, Dvořák",
    "Αθήνα · Кириченко й Ґалаґан",
    "½ Dúzia® Nº 1ª “Açaí” ‘Pão’ … 25 m² • 10⁷ ₢$ €",
)
SHEET = ProposalSheet(
    number="1",
    issued_on="",
    valid_until="",
    partner_name="P",
    partner_document="",
    seller_name="S",
    seller_contact="",
    customer_name="",
    customer_document="",
    customer_address="",
    alternatives=(),
    link="",
    is_draft=True,
)


def words(pdf: bytes) -> str:
    return unicodedata.normalize("NFC", text_of(pdf))


def a_slip(payer: str) -> BoletoSlip:
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    texts = dict.fromkeys(BoletoSlip.__slots__, "1")
    others = {"bars": ((0, 1), (3, 2)), "bars_width": 9, "lines": (("Mensalidade", "R$ 1,00"),)}
    return BoletoSlip(**texts | others | {"payer_name": payer, "pix_picture": picture})  # type: ignore[arg-type]


class TestANameThatTheFontCanShow:
    @pytest.mark.deep
    @pytest.mark.parametrize("name", NAMES)
    def test_stands_in_every_paper_letter_by_letter(self, name: str) -> None:
        paper = a_paper(title=name, parts=(Heading(name), Facts((("Contratante", name),))))
        certificate = a_certificate(signer_name=name, signed_for=name)
        expected = unicodedata.normalize("NFC", name)
        for kind, pdf in {
            "proposal": render_proposal(replace(SHEET, customer_name=name), now=STORED_AT),
            "contract": render_paper(paper, now=STORED_AT),
            "certificate": render_certificate(certificate, now=SIGNED_AT),
            "signed contract": render_signed_paper(paper, certificate, now=SIGNED_AT),
            "slip": render_slip(a_slip(name), now=STORED_AT),
        }.items():
            assert expected in words(pdf), kind
            assert "□" not in words(pdf), kind
        assert unprintable(name) == ""

    @pytest.mark.parametrize(
        ("typed", "printed"),
        [
            ("Padaria \ufb01na", "Padaria fina"),
            ("\U0001d40f\U0001d41a\U0001d41d\U0001d41a\U0001d42b\U0001d422\U0001d41a", "Padaria"),
            ("\uff30\uff41\uff44\uff41\uff52\uff49\uff41", "Padaria"),
            ("Pa\u200bda\u00adria \u202eX\u2066 \ufeffY", "Padaria X Y"),
            ("a\tb", "a b"),
        ],
    )
    def test_is_written_with_the_letters_it_has_else(self, typed: str, printed: str) -> None:
        text = words(render_proposal(replace(SHEET, customer_name=typed), now=STORED_AT))
        assert printed in text.replace("\u00ad", "")
        assert "□" not in text

    @pytest.mark.deep
    def test_looks_like_letters_and_not_like_boxes(self, tmp_path: Path) -> None:
        def picture(name: str) -> bytes:
            pdf = render_proposal(replace(SHEET, customer_name=name), now=STORED_AT)
            command = ["pdftoppm", "-r", "60", "-gray", "-", str(tmp_path / "page")]
            subprocess.run(command, input=pdf, capture_output=True, check=True)
            return next(tmp_path.glob("page*.pgm")).read_bytes()

        assert picture("ẽỹ") != picture("□□")
        assert picture("ẽỹ") != picture("ey")


class TestASignThatTheFontLacks:
    @pytest.mark.parametrize(
        ("typed", "boxes", "printed"),
        [
            ("Padaria 🍞 Pão 🍞", "🍞", "Padaria □ Pão □"),
            ("パン屋 مخبز", "パン屋مخبز", "□□□ □□□□"),
            ("Amor ❤️\u200d🔥", "🔥", "Amor ❤□"),
            ("⅔ e \ue000 e \U000f0000", "⅔\ue000\U000f0000", "□ e □ e □"),
        ],
    )
    def test_is_a_box_and_is_told(self, typed: str, boxes: str, printed: str) -> None:
        assert unprintable(typed) == boxes
        assert printed in words(render_proposal(replace(SHEET, customer_name=typed), now=STORED_AT))


class TestEveryCharacter:
    @pytest.mark.deep
    def test_is_either_told_or_accepted_by_the_printer(self) -> None:
        shown = [chr(code) for code in range(0x20, 0x20000) if not 0xD800 <= code < 0xE000]
        kept = [character for character in shown if not unprintable(character)]
        assert len(kept) > 2_000
        letters = " ".join(kept)
        for sheet in (replace(SHEET, customer_name=letters), replace(SHEET, partner_name=letters)):
            # in plain letters and in semibold ones
            assert render_proposal(sheet, now=STORED_AT).startswith(b"%PDF-")
