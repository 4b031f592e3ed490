"""The lists of finance for a spreadsheet, each as filtered and sorted on its page."""

from flask import Response, request

from portal.invoices.queries.recipients import payer_of
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.queries import finance, waiting_lists
from portal.receipts.routes.blueprint import blueprint
from portal.shared import clock
from portal.shared.auth import Permission, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response

PAYMENTS_HEADER = (
    "Pago em", "Forma", "Valor", "Moeda", "Pagador", "CNPJ ou CPF",
    "Situação", "Fatura", "Cliente", "Identificação",
)  # fmt: skip
TEDS_HEADER = ("Cliente", "CNPJ ou CPF", "Fatura", "Valor", "Avisada", "Como sabemos", "Estado")
PARKED_HEADER = (
    "Pagador", "CNPJ ou CPF", "Motivo", "Valor", "Moeda", "Forma", "Pago em",
    "Fatura indicada", "Identificação",
)  # fmt: skip


@blueprint.get("/pagamentos.csv")
@requires(Permission.SEE_PAYMENTS)
def export() -> Response:
    """Every payment."""
    listing = finance.PAYMENT_LIST.read(request.args)
    rows = (_payment(each) for each in finance.list_for_export(db.session, listing))
    return csv_response("pagamentos.csv", PAYMENTS_HEADER, rows)


@blueprint.get("/pagamentos/teds.csv")
@requires(Permission.CONFIRM_PAYMENTS)
def teds_export() -> Response:
    """TEDs a confirmar."""
    listing = waiting_lists.TED_LIST.read(request.args)
    rows = (_ted(each) for each in waiting_lists.list_teds_for_export(listing))
    return csv_response("teds-a-confirmar.csv", TEDS_HEADER, rows)


@blueprint.get("/pagamentos/a-conferir.csv")
@requires(Permission.CONFIRM_PAYMENTS)
def parked_export() -> Response:
    """Payments that did not find their invoice."""
    listing = waiting_lists.PARKED_LIST.read(request.args)
    rows = (_parked(each) for each in waiting_lists.list_parked_for_export(listing))
    return csv_response("pagamentos-a-conferir.csv", PARKED_HEADER, rows)


def _payment(payment: Payment) -> tuple[object, ...]:
    return (
        format_date(clock.day_of(payment.paid_at)),
        payment.source.label,
        format_money_input(payment.amount_cents),
        payment.currency,
        payment.payer_name,
        format_document(payment.payer_document),
        payment.outcome.label,
        payment.invoice.label if payment.invoice else "",
        _who_owed(payment),
        payment.external_id,
    )


def _who_owed(payment: Payment) -> str:
    if payment.customer:
        return payment.customer.name
    return payment.invoice.payer_name if payment.invoice else ""


def _ted(ted: TedTransfer) -> tuple[object, ...]:
    return (
        ted.invoice.payer_name if payer_of(ted.invoice).is_partner else ted.customer.name,
        format_document(ted.invoice.payer_document),
        ted.invoice.label,
        format_money_input(ted.amount_cents or ted.invoice.amount_cents),
        datetime_br(ted.announced_at),
        ted.known_from,
        ted.state.label,
    )


def _parked(one: ParkedPayment) -> tuple[object, ...]:
    payment = one.payment
    return (
        payment.payer_name,
        format_document(payment.payer_document),
        one.reason.label,
        format_money_input(payment.amount_cents),
        payment.currency,
        payment.source.label,
        format_date(clock.day_of(payment.paid_at)),
        one.meant_invoice.label if one.meant_invoice else "",
        payment.external_id,
    )
