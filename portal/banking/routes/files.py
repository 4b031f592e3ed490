"""Arquivos do banco: remittances to send, returns to upload, look at and apply."""

from flask import Response, flash, request, stream_with_context, url_for

from portal.banking.forms import LARGEST_RETURN_BODY, RemittanceForm, ReturnForm, WaiveForm
from portal.banking.operations.applying import apply_return
from portal.banking.operations.remittances import make_remittance, mark_sent, put_into_folder
from portal.banking.operations.taking_returns import take_return, waive_fault
from portal.banking.pages import LINES_HEADER, line_cells, said_of_applied, said_of_known
from portal.banking.queries import account as accounts
from portal.banking.queries import bank_files as queries
from portal.banking.queries.file_contents import send_content
from portal.banking.routes.blueprint import blueprint
from portal.banking.rules.bank_files import REFUSED_RETURN, STARTED, BankFileKind, BankFileState, Effect
from portal.receipts.queries.finance import count_waiting
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.lists import csv_response, paginate, read_all
from portal.shared.refusals import Refusal
from portal.tasks.queries import find_open, list_mentions

LINES_ON_A_PAGE = 100


@blueprint.get("/arquivos-do-banco")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_files() -> Response:
    """What was exchanged, and what waits."""
    return _list_page(ReturnForm(formdata=None))


@blueprint.post("/arquivos-do-banco/remessa")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def remittance_make() -> Response:
    """Make the file that a bank is to get."""
    try:
        account = accounts.chosen_account(db.session, RemittanceForm().account_id.data)
        file = make_remittance(db.session, account=account, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
        return htmx.go_to(url_for("banking.bank_files"))
    flash(f"Remessa {file.number} gerada. Baixe-a, envie-a pelo site do banco e marque-a como enviada.")
    return htmx.go_to(url_for("banking.bank_file", file_id=file.id))


@blueprint.post("/arquivos-do-banco/<int:file_id>/enviada")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def remittance_sent(file_id: int) -> Response:
    """Say that a remittance went to the bank."""
    file = queries.get_bank_file(db.session, file_id)
    try:
        mark_sent(db.session, file_id=file.id, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("Remessa marcada como enviada.")
    return htmx.go_to(url_for("banking.bank_file", file_id=file_id))


@blueprint.post("/arquivos-do-banco/<int:file_id>/pasta")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def remittance_put(file_id: int) -> Response:
    """Have a remittance put into the bank's folder."""
    file, has_folder = queries.get_bank_file(db.session, file_id), accounts.bank_settings().folder is not None
    try:
        put_into_folder(db.session, file_id=file.id, has_folder=has_folder, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("A remessa vai para a pasta do banco em um instante.")
    return htmx.go_to(url_for("banking.bank_file", file_id=file_id))


@blueprint.post("/arquivos-do-banco/retorno")
@requires(Permission.EXCHANGE_BANK_FILES, largest_body=LARGEST_RETURN_BODY)
def return_upload() -> Response:
    """Read a return file; nothing is done before somebody agrees."""
    form = ReturnForm()
    if not form.validate():
        return _list_page(form, status=422)
    try:
        file = take_return(db.session, name=form.name, stream=form.stream, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _list_page(form, status=refusal.status)
    if file.state in STARTED:
        flash(said_of_known(file), "warning")
    return htmx.go_to(url_for("banking.bank_file", file_id=file.id))


@blueprint.get("/arquivos-do-banco/<int:file_id>")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_file(file_id: int) -> Response:
    """One file, line by line."""
    return _page(file_id, WaiveForm(formdata=None))


@blueprint.post("/arquivos-do-banco/<int:file_id>/defeitos/<int:fault_id>")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def fault_waive(file_id: int, fault_id: int) -> Response:
    """Let a line of a damaged return be processed all the same."""
    form, fault = WaiveForm(), queries.get_fault(db.session, file_id, fault_id)
    if not form.validate():
        return _page(file_id, form, fault_id=fault_id, status=422)
    try:
        reason = form.reason.data or ""
        waive_fault(db.session, fault_id=fault.id, reason=reason, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(file_id, form, fault_id=fault_id, status=refusal.status)
    flash(f"A linha {fault.line} será processada mesmo assim.")
    return htmx.go_to(url_for("banking.bank_file", file_id=file_id))


@blueprint.post("/arquivos-do-banco/<int:file_id>/aplicar")
@requires(Permission.EXCHANGE_BANK_FILES, confirmed=True)
def return_apply(file_id: int) -> Response:
    """Do what the return says."""
    file = queries.get_bank_file(db.session, file_id)
    try:
        apply_return(db.session, file=file, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(said_of_applied(file))
    return htmx.go_to(url_for("banking.bank_file", file_id=file_id))


@blueprint.get("/arquivos-do-banco/<int:file_id>/baixar")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_file_download(file_id: int) -> Response:
    """The file as it is."""
    file = queries.get_bank_file(db.session, file_id)
    content = send_content(file.id, file.part_count)
    answer = Response(stream_with_context(content), mimetype="text/plain")
    answer.call_on_close(content.close)
    answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    answer.content_length = file.size
    return answer


@blueprint.get("/arquivos-do-banco/<int:file_id>/linhas.csv")
@requires(Permission.EXCHANGE_BANK_FILES)
def bank_file_export(file_id: int) -> Response:
    """What the lines say, as filtered on the page."""
    file, listing = queries.get_bank_file(db.session, file_id), queries.LINE_LIST.read(request.args)
    asked = listing.ordered(queries.lines_asked(file.id, listing))
    return csv_response("linhas-do-arquivo.csv", LINES_HEADER, map(line_cells, read_all(asked)))


def _page(file_id: int, form: WaiveForm, *, fault_id: int = 0, status: int = 200) -> Response:
    listing = queries.LINE_LIST.read(request.args)
    lines = queries.lines_asked(file_id, listing)
    return htmx.render(
        "banking/bank_file.html",
        status=status,
        file=queries.get_bank_file(db.session, file_id),
        faults=queries.list_faults(db.session, file_id),
        form=form,
        fault_id=fault_id,
        listing=listing,
        page=paginate(db.session, lines, listing, per_page=LINES_ON_A_PAGE),
        effects=Effect.choices(),
        sums=queries.sum_effects(db.session, file_id),
        has_folder=accounts.bank_settings().folder is not None,
    )


def _list_page(form: ReturnForm, *, status: int = 200) -> Response:
    listing, refused = queries.FILE_LIST.read(request.args), find_open(db.session, REFUSED_RETURN)
    at_bank = queries.count_at_bank(db.session)
    return htmx.render(
        "banking/bank_files.html",
        status=status,
        form=form,
        listing=listing,
        page=queries.list_bank_files(db.session, listing),
        kinds=BankFileKind.choices(),
        states=BankFileState.choices(),
        to_send=queries.count_to_send(db.session),
        unanswered=at_bank.unanswered,
        undone=at_bank.undone,
        waiting=count_waiting(db.session),
        has_sandbox=accounts.bank_settings().sandbox,
        refused=refused,
        refusals=list_mentions(db.session, refused.id) if refused else None,
    )
