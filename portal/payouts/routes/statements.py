"""Statements: the list, one line by line, its file and its paper, and that it was paid."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for

from portal.documents.operations.printing import render_statement
from portal.payouts import pages
from portal.payouts.forms import TransferForm, UndoForm
from portal.payouts.models import Payout
from portal.payouts.operations.paying import Remittance, record_transfer, undo_transfer
from portal.payouts.queries import statements as queries
from portal.payouts.queries.reading import list_months
from portal.payouts.routes.blueprint import blueprint
from portal.payouts.rules import PayoutState, month_key, month_label
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.fields import show_refusal
from portal.shared.lists import csv_response
from portal.shared.refusals import Refusal

PRINTED_LINES = 1_500
LIST_HEADER = (
    "Mês", "Parceiro", "CNPJ", "Saldo anterior", "Apurado", "Estornos", "Total", "Situação",
    "Pago em", "Identificação do pagamento",
)  # fmt: skip
LINES_HEADER = (
    "Mês", "Cliente", "CNPJ ou CPF", "Fatura", "Item", "Observação", "Pago pelo cliente",
    "Mensalidade paga pelo Hiperador", "Taxas", "Repasse",
)  # fmt: skip


@blueprint.get("/repasses/extratos")
@requires(Permission.SEE_REPASSE)
def statements() -> Response:
    """Every statement this person sees, the newest month first."""
    listing = queries.STATEMENT_LIST.read(request.args)
    months = list_months(db.session, actor=actor())
    return htmx.render(
        "payouts/statements.html",
        listing=listing,
        page=queries.list_statements(db.session, listing, actor=actor()),
        months=[(month_key(month), month_label(month)) for month in months],
        states=PayoutState.choices(),
    )


@blueprint.get("/repasses/extratos.csv")
@requires(Permission.SEE_REPASSE)
def statements_export() -> Response:
    """The same list for a spreadsheet."""
    listing = queries.STATEMENT_LIST.read(request.args)
    rows = _rows(queries.list_statements_for_export(listing, actor=actor()))
    return csv_response("extratos-de-repasse.csv", LIST_HEADER, rows)


@blueprint.get("/repasses/extratos/<int:payout_id>")
@requires(Permission.SEE_REPASSE)
def statement(payout_id: int) -> Response:
    """One statement, line by line."""
    payout = queries.get_statement(db.session, payout_id, actor=actor())
    last = queries.find_last_transfer(db.session, payout.partner_id)
    known = {"bank": last.bank, "branch": last.branch, "account": last.account} if last else {}
    return _statement_page(payout, TransferForm(formdata=None, data=known))


@blueprint.get("/repasses/extratos/<int:payout_id>.csv")
@requires(Permission.SEE_REPASSE)
def statement_export(payout_id: int) -> Response:
    """Its lines for a spreadsheet."""
    payout = queries.get_statement(db.session, payout_id, actor=actor())
    lines = queries.list_all_lines(payout, queries.LINE_LIST.read(request.args))
    name = f"extrato-{month_key(payout.month)}.csv"
    return csv_response(name, LINES_HEADER, pages.file_rows(lines, payout))


@blueprint.get("/repasses/extratos/<int:payout_id>.pdf")
@requires(Permission.SEE_REPASSE)
def statement_pdf(payout_id: int) -> Response:
    """Its paper."""
    payout = queries.get_statement(db.session, payout_id, actor=actor())
    lines = queries.list_first_lines(db.session, payout, count=PRINTED_LINES)
    sheet = pages.statement_sheet(payout, lines, environment().company)
    return Response(
        render_statement(sheet, now=payout.closed_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="extrato-{month_key(payout.month)}.pdf"'},
    )


@blueprint.post("/repasses/extratos/<int:payout_id>/pagamento")
@requires(Permission.CLOSE_PAYOUTS, confirmed=True)
def pay(payout_id: int) -> Response:
    """Write down that it was paid."""
    payout, form = queries.get_statement(db.session, payout_id, actor=actor()), TransferForm()
    if not form.validate():
        return _statement_page(payout, form, status=422)
    try:
        record_transfer(
            db.session, payout=payout, remittance=_remittance(form), actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        payout = queries.get_statement(db.session, payout_id, actor=actor())
        return _statement_page(payout, form, status=refusal.status)
    flash("Pagamento registrado.")
    return htmx.go_to(url_for("payouts.statement", payout_id=payout_id))


@blueprint.post("/repasses/extratos/<int:payout_id>/pagamento/desfazer")
@requires(Permission.CLOSE_PAYOUTS, confirmed=True)
def undo_payment(payout_id: int) -> Response:
    """It was written down wrongly."""
    payout, form = queries.get_statement(db.session, payout_id, actor=actor()), UndoForm()
    if not form.validate():
        return _statement_page(payout, TransferForm(formdata=None), undoing=form, status=422)
    try:
        reason = form.reason.data or ""
        undo_transfer(db.session, payout=payout, reason=reason, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        payout = queries.get_statement(db.session, payout_id, actor=actor())
        return _statement_page(payout, TransferForm(formdata=None), undoing=form, status=refusal.status)
    flash("Pagamento desfeito. O extrato voltou a ficar a pagar.")
    return htmx.go_to(url_for("payouts.statement", payout_id=payout_id))


def _remittance(form: TransferForm) -> Remittance:
    return Remittance(
        paid_on=form.day,
        bank=form.bank.data or "",
        branch=form.branch.data or "",
        account=form.account.data or "",
        reference=form.reference.data or "",
    )


def _statement_page(
    payout: Payout, form: TransferForm, *, undoing: UndoForm | None = None, status: int = 200
) -> Response:
    listing = queries.LINE_LIST.read(request.args)
    page = queries.list_lines(db.session, payout, listing)
    lines = {parts: pages.statement_line(parts, payout) for parts in page.items}
    return htmx.render(
        "payouts/statement.html",
        status=status,
        payout=payout,
        month=month_label(payout.month),
        outcome=pages.outcome_of(payout),
        form=form,
        undoing=undoing or UndoForm(formdata=None),
        undone=queries.list_undoings(db.session, payout),
        listing=listing,
        page=page.showing(lines),
    )


def _rows(payouts: Iterator[Payout]) -> Iterator[tuple[object, ...]]:
    for payout in payouts:
        transfer = payout.transfer
        cents = (payout.opening_cents, payout.accrued_cents, payout.reversed_cents, payout.total_cents)
        yield (
            month_key(payout.month),
            payout.partner.trade_name,
            format_document(payout.partner.document),
            *(format_money_input(each) for each in cents),
            payout.state.label,
            format_date(transfer.paid_on) if transfer else "",
            transfer.reference if transfer else "",
        )
