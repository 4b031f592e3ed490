"""Printing documents and keeping files."""

from portal.documents.operations.lettering import unprintable
from portal.documents.operations.printing import (
    render_certificate,
    render_paper,
    render_proposal,
    render_receipt,
    render_signed_paper,
    render_slip,
)
from portal.documents.operations.storing import store_file

__all__ = [
    "render_certificate",
    "render_paper",
    "render_proposal",
    "render_receipt",
    "render_signed_paper",
    "render_slip",
    "store_file",
    "unprintable",
]
