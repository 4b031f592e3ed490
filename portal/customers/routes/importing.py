"""Customers from a CSV: template, upload with a dry run, then all of them or none."""

from typing import Any

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from portal.customers import operations
from portal.customers.forms.upload import COLUMNS, PartnerUploadForm, UploadForm, read_customers
from portal.customers.queries import imports
from portal.customers.queries import reading as queries
from portal.customers.routes.blueprint import blueprint
from portal.customers.rules import NothingLoaded
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.lists import csv_response

EXAMPLE = {
    "document": "12.ABC.345/01DE-35",
    "name": "Padaria Pão Quente Ltda",
    "trade_name": "Pão Quente",
    "email": "contato@paoquente.com.br",
    "phone": "(47) 3433-1234",
    "postal_code": "89201-123",
    "street": "Rua das Palmeiras",
    "street_number": "120",
    "district": "Centro",
    "city": "Joinville",
    "state": "SC",
    "signatory-name": "Maria da Silva",
    "signatory-cpf": "529.982.247-25",
    "signatory-email": "maria@paoquente.com.br",
}
LONGEST_FILE_NAME = 120


@blueprint.get("/clientes/importar")
@requires(Permission.EDIT_CUSTOMERS)
def upload() -> ResponseReturnValue:
    """Where a file is sent, and what was imported lately."""
    return _show(_upload_form())


@blueprint.get("/clientes/importar/modelo.csv")
@requires(Permission.EDIT_CUSTOMERS)
def template() -> ResponseReturnValue:
    """The columns, with one example."""
    return csv_response(
        "modelo-clientes.csv", list(COLUMNS), [[EXAMPLE.get(path, "") for path in COLUMNS.values()]]
    )


@blueprint.post("/clientes/importar")
@requires(Permission.EDIT_CUSTOMERS)
def check_upload() -> ResponseReturnValue:
    """The dry run: keeps the upload and its report, registers nobody."""
    form = _upload_form()
    if not form.validate():
        return _show(form, status=422)
    uploaded = read_customers(form.text)
    checked = operations.check_import(
        db.session,
        partner_id=actor().partner_id or int(form["partner_id"].data),
        file_name=(form.file.data.filename or "")[-LONGEST_FILE_NAME:].replace("\0", ""),
        rows=uploaded.rows,
        problems=uploaded.problems,
        actor=actor(),
        now=clock.now(),
    )
    return htmx.go_to(url_for("customers.checked_import", import_id=checked.id))


@blueprint.get("/clientes/importar/<int:import_id>")
@requires(Permission.EDIT_CUSTOMERS)
def checked_import(import_id: int) -> ResponseReturnValue:
    """The report: each bad line and column, or what will be loaded; after loading, the outcome."""
    checked = imports.get_import(db.session, import_id, actor=actor())
    return htmx.render("customers/import_report.html", checked=checked)


@blueprint.post("/clientes/importar/<int:import_id>/carregar")
@requires(Permission.EDIT_CUSTOMERS)
def load(import_id: int) -> ResponseReturnValue:
    """Register all of them, once; a second click shows the outcome of the first."""
    checked = imports.get_import(db.session, import_id, actor=actor())
    page = url_for("customers.checked_import", import_id=import_id)
    if checked.loaded_at is not None:
        return htmx.go_to(page)
    try:
        count = operations.load_import(db.session, checked=checked, actor=actor(), now=clock.now())
    except NothingLoaded as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
        return htmx.go_to(page)
    flash("1 cliente importado." if count == 1 else f"{count} clientes importados.")
    return htmx.go_to(page)


def _upload_form() -> UploadForm:
    sent: list[MultiDict[str, Any]] = [request.files, request.form]
    typed = CombinedMultiDict(sent) if request.method == "POST" else None
    if actor().role.of_partner:
        return UploadForm(typed)
    form = PartnerUploadForm(typed)
    partners = queries.list_partners(db.session, actor())
    form.partner_id.offer([("", "Escolha"), *((str(row.id), row.trade_name) for row in partners)])
    return form


def _show(form: UploadForm, *, status: int = 200) -> Response:
    recent = imports.list_recent_imports(db.session, actor())
    return htmx.render("customers/import.html", status=status, form=form, recent=recent)
