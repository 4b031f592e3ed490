"""Notas de crédito: finance takes back what was invoiced; the note as a PDF."""

from flask import Response

from portal.documents.operations.printing import render_credit_note
from portal.invoices.forms import CreditNoteForm
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.pages import credit_note_sheet
from portal.invoices.queries.credit_notes import get_note
from portal.invoices.queries.reading import get_invoice
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.routes.detail import Done, carry_out, show_page
from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money
from portal.shared.db import db
from portal.shared.environment import environment


@blueprint.post("/faturas/<int:invoice_id>/nota-de-credito")
@requires(Permission.RUN_BILLING, confirmed=True)
def issue_note(invoice_id: int) -> Response:
    """Take back an invoice, or of a paid one a part."""
    invoice, form = get_invoice(db.session, invoice_id, actor=actor()), CreditNoteForm()
    if not form.validate():
        return show_page(invoice, credit_form=form, status=422)

    def act() -> Done:
        note = issue_credit_note(
            db.session,
            invoice_id=invoice.id,
            amount_cents=form.amount.data or 0,
            reason=(form.reason.data or "").strip(),
            seen_cents=form.seen_cents,
            actor=actor(),
            now=clock.now(),
        )
        words = f"Nota de crédito {note.label} emitida: {format_money(note.amount_cents)}."
        return Done(words, invoice_id)

    return carry_out(invoice_id, act, credit_form=form)


@blueprint.get("/notas-de-credito/<int:note_id>.pdf")
@requires(Permission.SEE_INVOICES)
def credit_note(note_id: int) -> Response:
    """A credit note to print or keep."""
    note = get_note(db.session, note_id, actor=actor())
    return Response(
        render_credit_note(credit_note_sheet(note, environment().company), now=note.issued_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="nota-de-credito-{note.label}.pdf"'},
    )
