"""Printing: plain data in, PDF out. Archivable (PDF/A-2a) and accessible (PDF/UA-1)."""

import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

from portal.documents.rules import ProposalSheet

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "documents"


def render_proposal(sheet: ProposalSheet, *, now: datetime) -> bytes:
    """The proposal as a PDF. Same sheet and instant, same bytes.

    Values reach the template as data, so that markup in a name stays text.
    """
    return _render("proposal.typ", asdict(sheet), now=now)


def _render(template: str, data: dict[str, object], *, now: datetime) -> bytes:
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=now.replace(microsecond=0),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[TEMPLATES / "fonts"]
    )
