"""Emitir outra no lugar: finance has a month invoiced anew whose invoice was canceled."""

from flask import Response

from portal.invoices.operations.reissuing import issue_in_its_place
from portal.invoices.queries.reading import get_invoice
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.routes.detail import Done, carry_out
from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_money
from portal.shared.db import db


@blueprint.post("/faturas/<int:invoice_id>/emitir-outra")
@requires(Permission.RUN_BILLING, confirmed=True)
def issue_again(invoice_id: int) -> Response:
    """Issue another invoice in the place of a void one."""
    label = get_invoice(db.session, invoice_id, actor=actor()).label

    def act() -> Done:
        issued = issue_in_its_place(db.session, invoice_id=invoice_id, actor=actor(), now=clock.now())
        due = f"{format_money(issued.amount_cents)}, vence em {format_date(issued.due_on)}"
        return Done(f"Fatura {issued.label} emitida no lugar da {label}: {due}.", issued.id)

    return carry_out(invoice_id, act)
