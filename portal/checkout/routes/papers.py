"""The invoice to print or keep: for who sells and who collects, and for the payer behind the link."""

from flask import Response

from portal.checkout.pages.printed import invoice_sheet
from portal.checkout.queries import get_invoice_link
from portal.checkout.routes.blueprint import blueprint
from portal.documents.operations.printing import render_invoice
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import get_invoice, load_invoice
from portal.shared import clock, tokens
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.refusals import Missing


@blueprint.get("/faturas/<int:invoice_id>/fatura.pdf")
@requires(Permission.SEE_INVOICES)
def invoice_pdf(invoice_id: int) -> Response:
    """An issued invoice as it stands today."""
    return _pdf(get_invoice(db.session, invoice_id, actor=actor()))


@blueprint.get("/pagar/<token>/fatura.pdf")
@public
def payers_invoice_pdf(token: str) -> Response:
    """The same for the payer, while the link works."""
    now = clock.now()
    link = get_invoice_link(db.session, token, now=now)
    if not tokens.is_valid(link, now):
        raise Missing("Este link expirou. Peça um novo a quem o enviou.")
    answer = _pdf(load_invoice(db.session, link.subject_id))
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _pdf(invoice: Invoice) -> Response:
    sheet, issued_at = invoice_sheet(db.session, invoice, environment().company, today=clock.today())
    return Response(
        render_invoice(sheet, now=issued_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="fatura-{invoice.label}.pdf"'},
    )
