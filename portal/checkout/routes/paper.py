"""What the pages of papers share: the answer that is a paper, and the one for the payer behind a link."""

from collections.abc import Callable

from flask import Response

from portal.checkout.queries import get_invoice_link
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import load_invoice
from portal.shared import clock, tokens
from portal.shared.db import db
from portal.shared.refusals import Missing


def paper(content: bytes, name: str) -> Response:
    """A PDF that the browser shows."""
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def payers_paper(token: str, print_invoice: Callable[[Invoice], Response]) -> Response:
    """A paper about the invoice behind a link.

    Raises:
        Missing: the link works no more, or never did.
    """
    now = clock.now()
    link = get_invoice_link(db.session, token, now=now)
    if not tokens.is_valid(link, now):
        raise Missing("Este link expirou. Peça um novo a quem o enviou.")
    answer = print_invoice(load_invoice(db.session, link.subject_id))
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
