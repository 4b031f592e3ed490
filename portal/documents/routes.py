"""Documentos: the files of one customer, as a tab of its record, and each to keep."""

from flask import Blueprint, Response, request

from portal.customers.queries import reading as customers
from portal.customers.rules import missing_parts
from portal.documents import queries
from portal.documents.rules.files import FileKind, size_in_words
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.downloads import kept_file

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
    return kept_file(
        queries.read_content(db.session, file.id), media_type=file.media_type, file_name=file.file_name
    )
