"""Arquivos do banco: remittances to download, returns to upload, look at and apply."""

import io

from flask import Blueprint, Response, flash, request, send_file, url_for

from portal.banking.forms import ReturnForm
from portal.banking.operations.bank_files import apply_return, take_return
from portal.banking.operations.remittances import make_remittance
from portal.banking.queries import bank_files as queries
from portal.banking.queries.account import bank_settings, boleto_account
from portal.banking.rules.bank_files import BankFileKind, BankFileState
from portal.receipts.queries.finance import count_waiting
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal

blueprint = Blueprint("banking", __name__)


@blueprint.get("/arquivos-do-banco")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_files() -> Response:
    """What was exchanged, and what waits."""
    return _list_page(ReturnForm(formdata=None))


@blueprint.post("/arquivos-do-banco/remessa")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def remittance_make() -> Response:
    """Make the file that the bank is to get."""
    try:
        file = make_remittance(db.session, account=boleto_account(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
        return htmx.go_to(url_for("banking.bank_files"))
    flash(f"Remessa {file.number} gerada. Baixe-a e envie-a pelo site do banco.")
    return htmx.go_to(url_for("banking.bank_file", file_id=file.id))


@blueprint.post("/arquivos-do-banco/retorno")
@requires(Permission.EXCHANGE_BANK_FILES)
def return_upload() -> Response:
    """Read a return file; nothing is done before somebody agrees."""
    form = ReturnForm()
    if not form.validate():
        return _list_page(form, status=422)
    try:
        file = take_return(
            db.session,
            name=form.name,
            content=form.content,
            account=boleto_account(),
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _list_page(form, status=refusal.status)
    if file.state is BankFileState.APPLIED:
        flash("Este arquivo já foi aplicado. Nada foi feito de novo.", "warning")
    return htmx.go_to(url_for("banking.bank_file", file_id=file.id))


@blueprint.get("/arquivos-do-banco/<int:file_id>")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_file(file_id: int) -> Response:
    """One file, line by line."""
    return htmx.render("banking/bank_file.html", file=queries.get_bank_file(db.session, file_id))


@blueprint.post("/arquivos-do-banco/<int:file_id>/aplicar")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def return_apply(file_id: int) -> Response:
    """Do what the return says."""
    file = queries.get_bank_file(db.session, file_id)
    try:
        apply_return(db.session, file=file, account=boleto_account(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("Retorno aplicado.")
    return htmx.go_to(url_for("banking.bank_file", file_id=file_id))


@blueprint.get("/arquivos-do-banco/<int:file_id>/baixar")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_file_download(file_id: int) -> Response:
    """The file as it is."""
    file = queries.get_bank_file(db.session, file_id)
    return send_file(
        io.BytesIO(file.content), mimetype="text/plain", as_attachment=True, download_name=file.name
    )


def _list_page(form: ReturnForm, *, status: int = 200) -> Response:
    listing = queries.FILE_LIST.read(request.args)
    return htmx.render(
        "banking/bank_files.html",
        status=status,
        form=form,
        listing=listing,
        page=queries.list_bank_files(db.session, listing),
        kinds=BankFileKind.choices(),
        to_send=queries.count_for_next_remittance(db.session),
        unanswered=queries.count_without_answer(db.session),
        waiting=count_waiting(db.session),
        has_sandbox=bank_settings().sandbox,
    )
