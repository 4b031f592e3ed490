"""Emitir outra no lugar: finance has a month invoiced anew whose invoice was canceled."""

from flask import Response, flash, url_for

from portal.invoices.operations.reissuing import issue_in_its_place
from portal.invoices.queries.reading import get_invoice
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.routes.detail import show_page
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_money
from portal.shared.db import db
from portal.shared.refusals import Missing, Refusal


@blueprint.post("/faturas/<int:invoice_id>/emitir-outra")
@requires(Permission.RUN_BILLING, confirmed=True)
def issue_again(invoice_id: int) -> Response:
    """Issue another invoice in the place of a void one."""
    invoice = get_invoice(db.session, invoice_id, actor=actor())
    try:
        issued = issue_in_its_place(db.session, invoice_id=invoice.id, actor=actor(), now=clock.now())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        invoice = get_invoice(db.session, invoice_id, actor=actor())
        return show_page(invoice, refusal=refusal, status=refusal.status)
    due = f"{format_money(issued.amount_cents)}, vence em {format_date(issued.due_on)}"
    flash(f"Fatura {issued.label} emitida no lugar da {invoice.label}: {due}.")
    return htmx.go_to(url_for("invoices.show", invoice_id=issued.id))
