"""Extratos: statements brought by finance, how far their matching is, and what became of each line."""

from flask import Response, flash, request, url_for

from portal.banking.forms import StatementForm
from portal.banking.operations.statements import take_as_ted, take_statement
from portal.banking.queries import account as accounts
from portal.banking.queries import statements as queries
from portal.banking.routes.blueprint import blueprint
from portal.banking.rules.statement import MATCH_STATEMENT, LineOutcome
from portal.receipts.queries.finance import count_waiting
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_money_input
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.lists import csv_response
from portal.shared.queue import is_waiting
from portal.shared.refusals import Refusal

HEADER = ("Linha", "Dia", "Valor", "Texto do banco", "Situação", "Fatura")


@blueprint.get("/extratos")
@requires(Permission.CONFIRM_PAYMENTS)
def statements() -> Response:
    """The statements that came, and a place for the next one."""
    return _list_page(StatementForm(formdata=None))


@blueprint.post("/extratos")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def statement_upload() -> Response:
    """Read a statement; its TEDs are matched by a job."""
    form = StatementForm()
    if not form.validate():
        return _list_page(form, status=422)
    try:
        found = take_statement(
            db.session, name=form.name, content=form.content, actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _list_page(form, status=refusal.status)
    return htmx.go_to(url_for("banking.statement", statement_id=found.id))


@blueprint.get("/extratos/<int:statement_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def statement(statement_id: int) -> Response:
    """One statement: how far it is, and its credits."""
    listing = queries.LINE_LIST.read(request.args)
    return htmx.render(
        "banking/statement.html",
        statement=queries.get_statement(db.session, statement_id),
        counts=queries.count_by_outcome(db.session, statement_id),
        is_running=is_waiting(db.session, MATCH_STATEMENT, statement_id),
        listing=listing,
        page=queries.list_lines(db.session, statement_id, listing),
        outcomes=LineOutcome.choices(),
        outcome_of=LineOutcome,
    )


@blueprint.get("/extratos/<int:statement_id>/linhas.csv")
@requires(Permission.CONFIRM_PAYMENTS)
def statement_export(statement_id: int) -> Response:
    """Its credits, as filtered and sorted."""
    listing, found = queries.LINE_LIST.read(request.args), queries.get_statement(db.session, statement_id)
    rows = (
        (
            line.line,
            format_date(line.posted_on),
            format_money_input(line.amount_cents),
            line.text,
            line.said.label,
            line.invoice_label,
        )
        for line in queries.list_lines_for_export(found.id, listing)
    )
    return csv_response(f"extrato-{found.id}.csv", HEADER, rows)


@blueprint.post("/extratos/<int:statement_id>/linhas/<int:line_id>/ted")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def statement_line_is_ted(statement_id: int, line_id: int) -> Response:
    """A person says that an entry is a TED."""
    line = queries.get_line(db.session, statement_id, line_id)
    try:
        taken = take_as_ted(db.session, line=line, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(f"Lançamento da linha {taken.line}: {taken.outcome.label}.")
    return htmx.go_to(url_for("banking.statement", statement_id=statement_id))


def _list_page(form: StatementForm, *, status: int = 200) -> Response:
    listing = queries.STATEMENT_LIST.read(request.args)
    return htmx.render(
        "banking/statements.html",
        status=status,
        form=form,
        listing=listing,
        page=queries.list_statements(db.session, listing),
        waiting=count_waiting(db.session),
        has_sandbox=accounts.bank_settings().sandbox,
    )
