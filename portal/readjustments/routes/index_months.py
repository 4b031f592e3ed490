"""IGP-M: the months that are stored, and a file with newer ones."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for
from werkzeug.utils import secure_filename

from portal.readjustments.forms import IndexForm
from portal.readjustments.models import IndexMonth
from portal.readjustments.operations.importing import import_index
from portal.readjustments.queries import index as queries
from portal.readjustments.routes.blueprint import blueprint
from portal.readjustments.rules.index import MAX_FILE_BYTES, IndexSource
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response
from portal.shared.refusals import Conflict, Refusal

CSV_HEADER = ("Mês", "Variação (%)", "Origem", "Arquivo", "Guardado em", "Por")


@blueprint.get("/reajustes/igpm")
@requires(Permission.SEE_READJUSTMENTS)
def index_months() -> Response:
    """The months, the newest first."""
    listing = queries.INDEX_LIST.read(request.args)
    return htmx.render(
        "readjustments/index_months.html",
        listing=listing,
        page=queries.list_months(db.session, listing),
        sources=IndexSource.choices(),
        years=[(year, year) for year in queries.list_years(db.session)],
    )


@blueprint.get("/reajustes/igpm.csv")
@requires(Permission.SEE_READJUSTMENTS)
def index_export() -> Response:
    """Every month for a spreadsheet."""
    return csv_response("igpm.csv", CSV_HEADER, _rows(queries.list_all_months(db.session)))


@blueprint.get("/reajustes/igpm/importar")
@requires(Permission.MANAGE_INDEX)
def index_upload() -> Response:
    """Where a file is sent."""
    return _upload_page(IndexForm(formdata=None))


@blueprint.post("/reajustes/igpm/importar")
@requires(Permission.MANAGE_INDEX, confirmed=True)
def import_months() -> Response:
    """Store what the file has that is new."""
    form = IndexForm()
    if not form.validate():
        return _upload_page(form, status=422)
    try:
        brought = import_index(
            db.session,
            content=form.file.data.read(MAX_FILE_BYTES + 1),
            file_name=secure_filename(form.file.data.filename or ""),
            confirm_revision=bool(form.confirm_revision.data),
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _upload_page(form, status=refusal.status)
    flash(_told(brought.added, brought.revised))
    return htmx.go_to(url_for("readjustments.index_months"))


def _upload_page(form: IndexForm, *, status: int = 200) -> Response:
    last = queries.last_month(db.session)
    return htmx.render(
        "readjustments/index_upload.html", status=status, form=form, last=last, asks=status == Conflict.status
    )


def _told(added: int, revised: int) -> str:
    if not added + revised:
        return "Nada novo: todos os meses do arquivo já estavam guardados."
    words = "1 mês novo" if added == 1 else f"{added} meses novos"
    return f"IGP-M guardado: {words}{', 1 mês revisado' if revised else ''}."


def _rows(months: list[IndexMonth]) -> Iterator[tuple[object, ...]]:
    for month in months:
        file = month.brought_by
        whole, part = divmod(abs(month.basis_points), 100)
        yield (
            f"{month.month:%m/%Y}",
            f"{'-' if month.basis_points < 0 else ''}{whole},{part:02d}",
            file.source.label,
            file.file_name,
            datetime_br(file.imported_at),
            file.imported_by.name if file.imported_by else "",
        )
