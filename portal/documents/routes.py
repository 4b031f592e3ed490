"""Documentos: the files of one customer, as a tab of its record, and each to keep."""

from urllib.parse import quote

from flask import Blueprint, Response, request

from portal.customers.queries import reading as customers
from portal.customers.rules import missing_parts
from portal.documents import queries
from portal.documents.rules.files import FileKind, size_in_words
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db

blueprint = Blueprint("documents", __name__)
blueprint.add_app_template_filter(size_in_words, "file_size")


@blueprint.get("/clientes/<int:customer_id>/documentos")
@requires(Permission.SEE_DOCUMENTS)
def of_customer(customer_id: int) -> Response:
    """Every version of every document, signed and unsigned, the newest first."""
    customer = customers.get_customer(db.session, customer_id, actor=actor())
    listing = queries.FILE_LIST.read(request.args)
    return htmx.render(
        "documents/of_customer.html",
        customer=customer,
        situation=customers.situation_of(db.session, actor(), customer, now=clock.now()),
        missing=missing_parts(customers.details_of(customer)),
        listing=listing,
        page=queries.list_files_of_customer(db.session, customer.id, listing, actor=actor()),
        kinds=FileKind.choices(),
    )


@blueprint.get("/documentos/<int:file_id>")
@requires(Permission.SEE_DOCUMENTS)
def download(file_id: int) -> Response:
    """A file to keep, never to be run or shown in the portal's name: it may come from anybody."""
    file = queries.get_file(db.session, file_id, actor=actor())
    answer = Response(queries.read_content(db.session, file.id), mimetype=file.media_type)
    name = quote(file.file_name, safe="")  # so that any text is a name and none ends the header
    answer.headers.set("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
    answer.headers.set("Content-Security-Policy", "default-src 'none'; sandbox")
    return answer
