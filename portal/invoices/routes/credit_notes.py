"""Notas de crédito: finance takes back what was invoiced; the note as a PDF."""

from flask import Response, flash, url_for

from portal.documents.operations.printing import render_credit_note
from portal.invoices.forms import CreditNoteForm
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.pages import credit_note_sheet
from portal.invoices.queries.credit_notes import get_note
from portal.invoices.queries.reading import get_invoice
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.routes.detail import show_page
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.fields import show_refusal
from portal.shared.refusals import Missing, Refusal


@blueprint.post("/faturas/<int:invoice_id>/nota-de-credito")
@requires(Permission.RUN_BILLING, confirmed=True)
def issue_note(invoice_id: int) -> Response:
    """Take back an invoice, or of a paid one a part."""
    invoice, form = get_invoice(db.session, invoice_id, actor=actor()), CreditNoteForm()
    if not form.validate():
        return show_page(invoice, credit_form=form, status=422)
    try:
        note = issue_credit_note(
            db.session,
            invoice_id=invoice.id,
            amount_cents=form.amount.data or 0,
            reason=(form.reason.data or "").strip(),
            seen_cents=form.seen_cents,
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _refused(invoice_id, form, refusal)
    flash(f"Nota de crédito {note.label} emitida: {format_money(note.amount_cents)}.")
    return htmx.go_to(url_for("invoices.show", invoice_id=invoice_id))


def _refused(invoice_id: int, form: CreditNoteForm, refusal: Refusal) -> Response:
    """The page again, the refusal at its field or, without one, on top."""
    invoice = get_invoice(db.session, invoice_id, actor=actor())
    if refusal.field and refusal.field in form:
        show_refusal(form, refusal)
        return show_page(invoice, credit_form=form, status=refusal.status)
    return show_page(invoice, credit_form=form, refusal=refusal, status=refusal.status)


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
