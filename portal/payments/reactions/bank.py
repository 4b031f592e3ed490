"""Boletos come and go with their invoices."""

from sqlalchemy.orm import Session

from portal.invoices.events import InvoiceCredited, InvoiceIssued, InvoicePaid, InvoiceVoided
from portal.invoices.queries import load_invoice
from portal.payments.operations.boleto import issue_boleto, withdraw_boletos
from portal.payments.operations.receiving import keep_credit_of_invoice
from portal.payments.queries.account import boleto_account
from portal.payments.rules.boleto import CannotIssueBoleto
from portal.payments.rules.methods import Method


def give_boleto(session: Session, fact: InvoiceIssued) -> None:
    """An invoice paid by boleto gets one at once, so that the bank registers it in time.

    Without a whole address there is none; the customer pays by Pix, and may ask for one when there is.
    """
    invoice = load_invoice(session, fact.invoice_id)
    if invoice.payment_method != Method.BOLETO:
        return
    try:
        issue_boleto(session, invoice_id=invoice.id, account=boleto_account(), now=fact.at)
    except CannotIssueBoleto:
        return


def take_back_boletos(session: Session, fact: InvoicePaid | InvoiceVoided) -> None:
    """What is paid or void need not be paid by boleto."""
    withdraw_boletos(session, invoice_id=fact.invoice_id, now=fact.at)


def keep_credit(session: Session, fact: InvoiceCredited) -> None:
    """What was paid of an invoice that came to nothing stands with its payer's other credit."""
    invoice = load_invoice(session, fact.invoice_id)
    keep_credit_of_invoice(session, invoice=invoice, amount_cents=fact.amount_cents, now=fact.at)
