"""Notas fiscais of the customer: each as a PDF, and the signed file."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.documents.operations.printing import render_danfse
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import clock
from portal.shared.db import db
from portal.shared.downloads import kept_file, named_file
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own
from portal.tax_notes.pages import WHY_SEVERAL, by_month, danfse_of
from portal.tax_notes.queries.reading import OWN_LIST, count_coming, get_own, list_own, read_xml


@blueprint.get("/notas-fiscais")
@for_company
def tax_notes() -> ResponseReturnValue:
    """Every note that was issued to it, month by month, and why there are several."""
    listing, customer_id = OWN_LIST.read(request.args), company().customer_id
    page, day = list_own(db.session, listing, customer_id=customer_id), value(db.session, Name.TAX_NOTE_DAY)
    return render_own(
        "subscribers/tax_notes.html",
        page=page,
        listing=listing,
        groups=by_month(page.items),
        coming=count_coming(db.session, customer_id),
        why_several=WHY_SEVERAL.format(day=day),
        day=day,
    )


@blueprint.get("/notas-fiscais/<int:note_id>/danfse.pdf")
@for_company
def tax_note_pdf(note_id: int) -> ResponseReturnValue:
    """One of them, to be printed."""
    note = get_own(db.session, note_id, customer_id=company().customer_id)
    sheet = danfse_of(note, read_xml(db.session, note.id))
    pdf = render_danfse(sheet, now=note.ended_at or note.authorized_at or clock.now())
    return named_file(
        pdf, media_type="application/pdf", file_name=f"nota-fiscal-{note.fiscal_number}.pdf", kind="inline"
    )


@blueprint.get("/notas-fiscais/<int:note_id>/nota.xml")
@for_company
def tax_note_xml(note_id: int) -> ResponseReturnValue:
    """The signed file of one."""
    note = get_own(db.session, note_id, customer_id=company().customer_id)
    content = read_xml(db.session, note.id)
    return kept_file(content, media_type="application/xml", file_name=f"nfse-{note.access_key}.xml")
