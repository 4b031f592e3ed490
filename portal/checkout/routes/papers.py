"""The invoice to print or keep: for who sells and who collects, and for the payer behind the link."""

from flask import Response

from portal.checkout.pages.printed import invoice_sheet
from portal.checkout.routes.blueprint import blueprint
from portal.checkout.routes.paper import paper, payers_paper
from portal.documents.operations.printing import render_invoice
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import get_invoice
from portal.shared import clock
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import db
from portal.shared.environment import environment


@blueprint.get("/faturas/<int:invoice_id>/fatura.pdf")
@requires(Permission.SEE_INVOICES)
def invoice_pdf(invoice_id: int) -> Response:
    """An issued invoice as it stands today."""
    return _pdf(get_invoice(db.session, invoice_id, actor=actor()))


@blueprint.get("/pagar/<token>/fatura.pdf")
@public
def payers_invoice_pdf(token: str) -> Response:
    """The same for the payer, while the link works."""
    return payers_paper(token, _pdf)


def _pdf(invoice: Invoice) -> Response:
    sheet, issued_at = invoice_sheet(db.session, invoice, environment().company, today=clock.today())
    return paper(render_invoice(sheet, now=issued_at), f"fatura-{invoice.label}.pdf")
