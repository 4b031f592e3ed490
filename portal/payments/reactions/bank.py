"""Boletos come and go with their invoices."""

from sqlalchemy.orm import Session

from portal.invoices.events import InvoiceCredited, InvoiceIssued, InvoicePaid, InvoiceVoided
from portal.invoices.queries import load_invoice
from portal.payments.operations import collecting
from portal.payments.operations.boleto import issue_boleto
from portal.payments.operations.receiving import keep_credit_of_invoice
from portal.payments.queries.account import boleto_account
from portal.payments.rules.boleto import CannotIssueBoleto
from portal.payments.rules.methods import Method
from portal.payments.rules.receiving import STOP_COLLECTING
from portal.shared import errands


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


def stop_collecting(session: Session, fact: InvoiceVoided) -> None:
    """What is void is asked of nobody any more, by boleto or by card."""
    collecting.stop_collecting(session, fact.invoice_id, now=fact.at)


def stop_collecting_later(session: Session, fact: InvoicePaid) -> None:
    """So is what is paid; but the money stays received whatever becomes of its boletos."""
    errands.promise(session, STOP_COLLECTING, subject_id=fact.invoice_id, now=fact.at)


def keep_credit(session: Session, fact: InvoiceCredited) -> None:
    """What was paid of an invoice that came to nothing stands with its payer's other credit."""
    invoice = load_invoice(session, fact.invoice_id)
    keep_credit_of_invoice(session, invoice=invoice, amount_cents=fact.amount_cents, now=fact.at)
