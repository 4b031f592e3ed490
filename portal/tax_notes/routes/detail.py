"""One nota fiscal: what became of it, its papers, sending it again, and its end."""

from flask import Response, flash, url_for

from portal.documents.operations.printing import render_danfse
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.downloads import kept_file, named_file
from portal.shared.fields import show_refusal
from portal.shared.refusals import Missing, Refusal
from portal.tax_notes.forms import CancelForm, ReplaceForm
from portal.tax_notes.operations.ending import ask_cancellation, ask_replacement
from portal.tax_notes.operations.sending import send_again
from portal.tax_notes.pages import danfse_of, trouble_of_cancellation
from portal.tax_notes.queries import reading as queries
from portal.tax_notes.routes.blueprint import blueprint
from portal.tax_notes.rules.states import CAN_BE_SENT, UNDER_WAY, CancelReason, ReplaceReason


@blueprint.get("/notas-fiscais/<int:note_id>")
@requires(Permission.SEE_TAX_NOTES)
def show(note_id: int) -> Response:
    """What it is, how it stands, and what can be done."""
    return _page(note_id)


@blueprint.get("/notas-fiscais/<int:note_id>/danfse.pdf")
@requires(Permission.SEE_TAX_NOTES)
def danfse(note_id: int) -> Response:
    """It as it is printed."""
    note = queries.get_note(db.session, note_id, actor=actor())
    sheet = danfse_of(note, queries.read_xml(db.session, note.id))
    pdf = render_danfse(sheet, now=note.ended_at or note.authorized_at or clock.now())
    return named_file(
        pdf, media_type="application/pdf", file_name=f"danfse-{note.fiscal_number}.pdf", kind="inline"
    )


@blueprint.get("/notas-fiscais/<int:note_id>/nota.xml")
@requires(Permission.SEE_TAX_NOTES)
def xml(note_id: int) -> Response:
    """The signed file, which is what counts."""
    note = queries.get_note(db.session, note_id, actor=actor())
    content = queries.read_xml(db.session, note.id)
    return kept_file(content, media_type="application/xml", file_name=f"nfse-{note.access_key}.xml")


@blueprint.post("/notas-fiscais/<int:note_id>/enviar")
@requires(Permission.MANAGE_TAX_NOTES)
def send(note_id: int) -> Response:
    """Once more, with what the records say now."""
    note = queries.get_note(db.session, note_id, actor=actor())
    try:
        send_again(db.session, note.id, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(note_id, refusal=refusal)
    flash("A nota entrou na fila. Em instantes esta página mostra a resposta.")
    return htmx.go_to(url_for("tax_notes.show", note_id=note_id))


@blueprint.post("/notas-fiscais/<int:note_id>/cancelar")
@requires(Permission.MANAGE_TAX_NOTES, confirmed=True)
def cancel(note_id: int) -> Response:
    """Have it canceled."""
    form, note = CancelForm(), queries.get_note(db.session, note_id, actor=actor())
    if not form.validate():
        return _page(note_id, canceling=form, status=422)
    try:
        ask_cancellation(
            db.session,
            note.id,
            code=CancelReason(form.code.data),
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(note_id, canceling=form, status=refusal.status)
    flash("Cancelamento pedido à repartição. Em instantes esta página mostra a resposta.")
    return htmx.go_to(url_for("tax_notes.show", note_id=note_id))


@blueprint.post("/notas-fiscais/<int:note_id>/substituir")
@requires(Permission.MANAGE_TAX_NOTES, confirmed=True)
def replace(note_id: int) -> Response:
    """Have another one take its place."""
    form, note = ReplaceForm(), queries.get_note(db.session, note_id, actor=actor())
    if not form.validate():
        return _page(note_id, replacing=form, status=422)
    try:
        made = ask_replacement(
            db.session,
            note.id,
            code=ReplaceReason(form.replace_code.data),
            reason=form.replace_reason.data or "",
            description=form.description.data or "",
            discount_cents=form.discount.data or 0,
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(note_id, replacing=form, status=refusal.status)
    flash("A nota nova está na fila. A antiga vale até a repartição emitir a nova.")
    return htmx.go_to(url_for("tax_notes.show", note_id=made.id))


def _page(
    note_id: int,
    *,
    canceling: CancelForm | None = None,
    replacing: ReplaceForm | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    note = queries.get_note(db.session, note_id, actor=actor())
    cancellations = queries.list_cancellations(db.session, note.id)
    is_waiting = note.state in UNDER_WAY or any(each.ended_at is None for each in cancellations)
    return htmx.render(
        "tax_notes/show.html",
        status=refusal.status if refusal else status,
        refusal=refusal,
        note=note,
        cancellations=[
            (each, CancelReason(each.code), trouble_of_cancellation(each)) for each in cancellations
        ],
        replacement=queries.find_replacement(db.session, note.id),
        canceling=canceling or CancelForm(formdata=None),
        replacing=replacing or ReplaceForm(formdata=None, data={"discount": note.discount_cents}),
        can_be_sent=note.state in CAN_BE_SENT,
        is_waiting=is_waiting,
    )
