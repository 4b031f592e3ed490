"""TEDs the bank tells of by itself: matched with what finance waits for, else received at once."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.queries.matching import find_invoice_of_ted
from portal.banking.rules.bank_notices import Credit
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.operations.ted import await_ted, log_ted
from portal.receipts.operations.ted_credits import receive_ted, tell_of_ted
from portal.receipts.rules.receiving import CURRENCY, PaymentSource
from portal.receipts.rules.ted_credits import BankWord, ToldTed
from portal.shared.clock import day_of


def note_ted_credit(session: Session, *, credit: Credit, now: datetime) -> None:
    """The bank says that a TED came in.

    For the exact open amount of an invoice it waits for finance with the proof, if there is one. Anything
    else is money without a place: it is received at once and parked, or becomes credit. So is a second TED
    while the first one waits: which of them is for what is for finance to say. What may be a TED that
    finance confirmed waits for somebody to say so, and is booked by then at the earliest.
    """
    if credit.currency != CURRENCY:
        _receive_foreign(session, credit, now=now)
        return
    found = find_invoice_of_ted(session, credit)
    invoice = lock_invoice(session, found) if found else None
    told = ToldTed(
        word=BankWord.NOTICE,
        reference=credit.external_id,
        on=day_of(credit.at),
        amount_cents=credit.amount_cents,
        payer=credit.payer,
        text=credit.reference,
    )
    ted = tell_of_ted(session, told, now=now)
    if ted is None or ted.payment_id or ted.transfer_id or ted.doubts_id:
        return
    _place(session, ted, invoice, now=now)


def _place(session: Session, ted: TedCredit, invoice: Invoice | None, *, now: datetime) -> None:
    fits = (
        invoice is not None and invoice.state is InvoiceState.OPEN and ted.amount_cents == invoice.open_cents
    )
    if invoice is None or not fits:
        receive_ted(session, ted, invoice_id=invoice.id if invoice else None, now=now)
        return
    transfer = await_ted(session, ted, invoice, now=now)
    if transfer is None:
        receive_ted(session, ted, invoice_id=None, now=now)
        return
    log_ted(session, transfer, "ted_credited", f"O banco avisou uma TED, fatura {invoice.label}", now=now)


def _receive_foreign(session: Session, credit: Credit, *, now: datetime) -> None:
    receive_payment(
        session,
        source=PaymentSource.TED,
        external_id=credit.external_id,
        invoice_id=None,
        amount_cents=credit.amount_cents,
        currency=credit.currency,
        paid_at=credit.at,
        payer=credit.payer,
        facts={"reference": credit.reference},
        now=now,
    )
