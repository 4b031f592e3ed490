"""What a customer signed, to keep."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.documents.queries import read_content
from portal.shared.db import db
from portal.shared.downloads import kept_file
from portal.subscribers.queries.account import DOCUMENT_LIST, get_own_document, list_documents
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own


@blueprint.get("/documentos")
@for_company
def documents() -> ResponseReturnValue:
    """Every signed contract, the newest first."""
    listing = DOCUMENT_LIST.read(request.args)
    page = list_documents(db.session, listing, customer_id=company().customer_id)
    return render_own("subscribers/documents.html", page=page, listing=listing)


@blueprint.get("/documentos/<int:file_id>")
@for_company
def document(file_id: int) -> ResponseReturnValue:
    """One of them, never run or shown in the portal's name."""
    file = get_own_document(db.session, file_id, customer_id=company().customer_id)
    return kept_file(read_content(db.session, file.id), media_type=file.media_type, file_name=file.file_name)
