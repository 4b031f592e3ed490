"""Faturas: all of them, and the same as a file."""

from collections.abc import Iterator

from flask import Response, request

from calculator import METHODS
from portal.contracts.rules.states import contract_label
from portal.invoices.models import Invoice
from portal.invoices.queries.credit import list_partner_credit
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.listing import ALL_INVOICES, list_for_export, list_invoices
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.rules.states import OVERDUE, InvoiceState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.db import db
from portal.shared.lists import csv_response
from portal.shared.payment_methods import Way

CSV_HEADER = (
    "Fatura",
    "Contrato",
    "Cliente",
    "Quem paga",
    "CNPJ ou CPF",
    "Parceiro",
    "O que cobra",
    "Forma",
    "Vencimento",
    "Valor",
    "Em aberto",
    "Estado",
    "Paga em",
)

# How an invoice is to be paid: what a plan's first or later payments are.
OWN_WAYS = {way for method in METHODS.values() for way in (method.first, method.later)}


@blueprint.get("/faturas")
@requires(Permission.SEE_INVOICES)
def index() -> Response:
    """Invoices, the latest due first; for a partner's people also the credit it has left of its own."""
    listing, own = ALL_INVOICES.read(request.args), actor().partner_id
    return htmx.render(
        "invoices/index.html",
        listing=listing,
        page=list_invoices(db.session, actor=actor(), request=listing, today=clock.today()),
        credits=list_partner_credit(db.session, own) if own else (),
        states=[*InvoiceState.choices(), (OVERDUE, "Vencida")],
        ways=[(way.value, way.short) for way in Way if way in OWN_WAYS],
        today=clock.today(),
        payable_until=payable_days(db.session),
    )


@blueprint.get("/faturas.csv")
@requires(Permission.SEE_INVOICES)
def export() -> Response:
    """The same list, as filtered and sorted, for a spreadsheet."""
    listing = ALL_INVOICES.read(request.args)
    invoices = list_for_export(db.session, actor=actor(), request=listing, today=clock.today())
    return csv_response("faturas.csv", CSV_HEADER, _rows(invoices))


def _rows(invoices: Iterator[Invoice]) -> Iterator[tuple[object, ...]]:
    for invoice in invoices:
        yield (
            invoice.label,
            contract_label(invoice.contract_id),
            invoice.customer.name,
            invoice.payer_name,
            format_document(invoice.payer_document),
            invoice.customer.partner.trade_name,
            invoice.kind.label,
            Way(invoice.payment_method).short,
            format_date(invoice.due_on),
            format_money_input(invoice.amount_cents),
            format_money_input(invoice.open_cents),
            invoice.state.label,
            format_date(clock.day_of(invoice.paid_at)) if invoice.paid_at else "",
        )
