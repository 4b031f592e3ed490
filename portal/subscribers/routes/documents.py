"""What a customer signed, to keep."""

from urllib.parse import quote

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.documents.queries import read_content
from portal.shared.db import db
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
    answer = Response(read_content(db.session, file.id), mimetype=file.media_type)
    name = quote(file.file_name, safe="")  # so that any text is a name and none ends the header
    answer.headers.set("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
    answer.headers.set("Content-Security-Policy", "default-src 'none'; sandbox")
    return answer
