"""Printing: plain data in, PDF out. Archivable (PDF/A-2a) and accessible (PDF/UA-1)."""

import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from portal.documents.operations.lettering import FONTS, printable
from portal.documents.rules.cancellation import CancellationSheet
from portal.documents.rules.certificate import CERTIFICATE_LAYOUT, CertificateSheet, certificate_to_json
from portal.documents.rules.credit_note import CreditNoteSheet
from portal.documents.rules.danfse import DanfseSheet
from portal.documents.rules.invoice import InvoiceSheet
from portal.documents.rules.paper import FIRST_LAYOUT, Paper, paper_to_json
from portal.documents.rules.proposal import ProposalSheet
from portal.documents.rules.receipt import ReceiptSheet
from portal.documents.rules.slip import BoletoSlip
from portal.documents.rules.statement import StatementSheet

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "documents"


def render_proposal(sheet: ProposalSheet, *, now: datetime) -> bytes:
    """The proposal as a PDF. Same sheet and instant, same bytes.

    Values reach the template as data, so that markup in a name stays text. What the font cannot show becomes
    an empty box (`printable`).
    """
    return _render("proposal.typ", asdict(sheet), now=now)


def render_slip(slip: BoletoSlip, *, now: datetime) -> bytes:
    """A boleto as a PDF. Same slip and instant, same bytes."""
    return _render("boleto_slip.typ", asdict(slip), now=now)


def render_receipt(sheet: ReceiptSheet, *, now: datetime) -> bytes:
    """A receipt as a PDF. Same sheet and instant, same bytes."""
    return _render("receipt.typ", asdict(sheet), now=now)


def render_invoice(sheet: InvoiceSheet, *, now: datetime) -> bytes:
    """An invoice as a PDF. Same sheet and instant, same bytes."""
    return _render("invoice.typ", asdict(sheet), now=now)


def render_credit_note(sheet: CreditNoteSheet, *, now: datetime) -> bytes:
    """A credit note as a PDF. Same sheet and instant, same bytes."""
    return _render("credit_note.typ", asdict(sheet), now=now)


def render_cancellation(sheet: CancellationSheet, *, now: datetime) -> bytes:
    """The receipt of a cancellation as a PDF. Same sheet and instant, same bytes."""
    return _render("cancellation.typ", asdict(sheet), now=now)


def render_danfse(sheet: DanfseSheet, *, now: datetime) -> bytes:
    """A nota fiscal as a PDF. Same sheet and instant, same bytes."""
    return _render("danfse.typ", asdict(sheet), now=now)


def render_statement(sheet: StatementSheet, *, now: datetime) -> bytes:
    """A statement of repasse as a PDF. Same sheet and instant, same bytes."""
    return _render("statement.typ", asdict(sheet), now=now)


def render_paper(paper: Paper, *, layout: str = FIRST_LAYOUT, now: datetime) -> bytes:
    """A paper as a PDF, in one of the layouts. Same paper, layout and instant, same bytes."""
    return _render("paper.typ", {"layout": layout, "paper": paper_to_json(paper)}, now=now)


def render_certificate(sheet: CertificateSheet, *, now: datetime) -> bytes:
    """The certificate of a signature alone, as a PDF."""
    return _render("paper.typ", _certificate(sheet), now=now)


def render_signed_paper(
    paper: Paper, sheet: CertificateSheet, *, layout: str = FIRST_LAYOUT, now: datetime
) -> bytes:
    """The paper as `render_paper` prints it, its code on each page, and then its certificate.

    One PDF, ready to be sealed; the certificate states the SHA-256 of the file without it.
    """
    data = {"layout": layout, "paper": paper_to_json(paper), **_certificate(sheet)}
    return _render("paper.typ", data, now=now)


def _certificate(sheet: CertificateSheet) -> dict[str, object]:
    # Error correction M survives a bad print; the picture is drawn, so it stays sharp at every size.
    code = segno.make(sheet.verification_url, error="m", micro=False)
    drawn = code.svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None, dark="#000")
    picture = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return {
        "certificate_layout": CERTIFICATE_LAYOUT,
        "certificate": certificate_to_json(sheet),
        "qr": picture,
    }


def _printable(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _printable(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_printable(value) for value in data]
    if not isinstance(data, str):
        return data
    return printable(data)


def _render(template: str, data: dict[str, Any], *, now: datetime) -> bytes:
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=now.replace(microsecond=0),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
