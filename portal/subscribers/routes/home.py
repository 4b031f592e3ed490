"""The first page of a customer, its invoices, and the way to pay one."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.checkout.pages.printed import invoice_sheet
from portal.documents.operations.printing import render_invoice, render_receipt
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import InvoiceState
from portal.receipts.pages import credit_in_words, receipt_of
from portal.shared import clock
from portal.shared.brazil import format_date, format_money_input
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.htmx import go_to
from portal.shared.lists import csv_response
from portal.shared.refusals import Missing
from portal.subscribers.operations.paying import link_to_pay
from portal.subscribers.pages.home import home_page
from portal.subscribers.queries.account import (
    INVOICE_LIST,
    SHOWN,
    get_own_invoice,
    list_for_export,
    list_invoices,
)
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own, subscriber
from portal.subscribers.rules import state_words

STATES = [(state.value, state_words(state)) for state in SHOWN]
CSV_HEADER = ("Fatura", "Vencimento", "Valor", "Situação", "Paga em")


@blueprint.get("")
@for_company
def home() -> ResponseReturnValue:
    """Until when the service is released, what is to be paid, what was, and the credit that is left."""
    page = home_page(db.session, customer_id=company().customer_id, today=clock.today())
    return render_own("subscribers/home.html", page=page, credits=credit_in_words(subscriber().credits))


@blueprint.get("/faturas")
@for_company
def invoices() -> ResponseReturnValue:
    """All invoices, a page at a time."""
    listing = INVOICE_LIST.read(request.args)
    page = list_invoices(db.session, listing, customer_id=company().customer_id)
    return render_own(
        "subscribers/invoices.html",
        page=page,
        listing=listing,
        states=STATES,
        today=clock.today(),
        until=payable_days(db.session),
        credits=credit_in_words(subscriber().credits),
    )


@blueprint.get("/faturas.csv")
@for_company
def invoices_export() -> ResponseReturnValue:
    """The same list for a spreadsheet."""
    found = list_for_export(INVOICE_LIST.read(request.args), customer_id=company().customer_id)
    rows = (
        (
            invoice.label,
            format_date(invoice.due_on),
            format_money_input(invoice.amount_cents),
            state_words(invoice.state),
            format_date(day_of(invoice.paid_at)) if invoice.paid_at else "",
        )
        for invoice in found
    )
    return csv_response("faturas.csv", CSV_HEADER, rows)


@blueprint.post("/faturas/<int:invoice_id>/pagar")
@for_company
def pay(invoice_id: int) -> ResponseReturnValue:
    """To the page on which this invoice is paid, by whatever way."""
    invoice = get_own_invoice(db.session, invoice_id, customer_id=company().customer_id)
    if invoice.state is not InvoiceState.OPEN:
        return go_to(url_for("subscribers.home"))
    link = link_to_pay(db.session, invoice=invoice, now=clock.now())
    return go_to(url_for("checkout.invoice_page", token=link.secret()))


@blueprint.get("/faturas/<int:invoice_id>/fatura.pdf")
@for_company
def invoice_pdf(invoice_id: int) -> ResponseReturnValue:
    """An own invoice as it stands today."""
    invoice = get_own_invoice(db.session, invoice_id, customer_id=company().customer_id)
    sheet, issued_at = invoice_sheet(db.session, invoice, environment().company, today=clock.today())
    return Response(
        render_invoice(sheet, now=issued_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="fatura-{invoice.label}.pdf"'},
    )


@blueprint.get("/faturas/<int:invoice_id>/recibo.pdf")
@for_company
def receipt(invoice_id: int) -> ResponseReturnValue:
    """The receipt of a paid invoice."""
    invoice = get_own_invoice(db.session, invoice_id, customer_id=company().customer_id)
    if invoice.state is not InvoiceState.PAID:
        raise Missing("O recibo fica pronto quando a fatura estiver paga.")
    sheet, paid_at = receipt_of(db.session, invoice, environment().company)
    return Response(
        render_receipt(sheet, now=paid_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="recibo-{invoice.label}.pdf"'},
    )
