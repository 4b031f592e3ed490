"""TEDs the bank tells of: matched with what finance waits for, else received at once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.queries.matching import find_invoice_of_ted
from portal.banking.rules.bank_notices import Credit
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.operations.ted import log_ted, pending_of
from portal.receipts.rules.receiving import CURRENCY, PaymentSource
from portal.receipts.rules.ted import TedState
from portal.shared.clock import day_of


def note_ted_credit(session: Session, *, credit: Credit, now: datetime) -> None:
    """The bank says that a TED came in.

    For the exact open amount of an invoice it waits for finance with the proof, if there is one. Anything
    else is money without a place: it is received at once and parked, or becomes credit. So is a second TED
    while the first one waits: which of them is for what is for finance to say.
    """
    if session.scalar(select(TedTransfer.id).filter_by(bank_reference=credit.external_id)) is not None:
        return
    found = find_invoice_of_ted(session, credit)
    invoice = lock_invoice(session, found) if found else None
    if invoice is not None and _is_the_confirmed_one(session, invoice, credit):
        return
    fits = (
        invoice is not None
        and invoice.state is InvoiceState.OPEN
        and credit.currency == invoice.currency
        and credit.amount_cents == invoice.open_cents
    )
    is_known = session.scalar(
        select(Payment.id).filter_by(source=PaymentSource.TED, external_id=credit.external_id)
    )
    if invoice is None or not fits or is_known:
        _receive(session, credit, invoice.id if invoice else None, now=now)
        return
    transfer = pending_of(session, invoice, now=now)
    if transfer.bank_reference is not None:
        _receive(session, credit, None, now=now)
        return
    transfer.bank_reference = credit.external_id
    transfer.payer_name, transfer.payer_document = credit.payer.name, credit.payer.document
    if transfer.state is TedState.WAITING:
        transfer.amount_cents, transfer.credited_on = credit.amount_cents, day_of(credit.at)
    log_ted(session, transfer, "ted_credited", f"O banco avisou uma TED, fatura {invoice.label}", now=now)


def _is_the_confirmed_one(session: Session, invoice: Invoice, credit: Credit) -> bool:
    """Whether finance confirmed this money before the bank told us; then both are known as one (S2)."""
    confirmed = session.scalar(
        select(TedTransfer).where(
            TedTransfer.invoice_id == invoice.id,
            TedTransfer.state == TedState.CONFIRMED,
            TedTransfer.bank_reference.is_(None),
            TedTransfer.amount_cents == credit.amount_cents,
            TedTransfer.credited_on == day_of(credit.at),
        )
    )
    if confirmed is None or credit.currency != CURRENCY:
        return False
    confirmed.bank_reference = credit.external_id
    return True


def _receive(session: Session, credit: Credit, invoice_id: int | None, *, now: datetime) -> None:
    receive_payment(
        session,
        source=PaymentSource.TED,
        external_id=credit.external_id,
        invoice_id=invoice_id,
        amount_cents=credit.amount_cents,
        currency=credit.currency,
        paid_at=credit.at,
        payer=credit.payer,
        facts={"reference": credit.reference},
        now=now,
    )
