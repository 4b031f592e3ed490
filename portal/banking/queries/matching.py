"""Which invoice money is for: the payer's document decides, a number only among that payer's invoices.

And which ones somebody looks for by a number of a boleto, a Pix or a line of a statement.
"""

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.models.boleto import Boleto
from portal.banking.models.joint_pix import JointPixInvoice
from portal.banking.models.statement import StatementLine
from portal.banking.rules.bank_notices import Credit
from portal.banking.rules.pix import invoice_of, joint_of
from portal.banking.rules.statement import invoice_numbers_in
from portal.invoices.models import Invoice
from portal.invoices.queries.listing import InvoicesByNumber
from portal.invoices.rules.numbers import TypedNumber
from portal.invoices.rules.states import OWED
from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.shared.db import LARGEST_ID


def find_invoice_of_ted(session: Session, credit: Credit) -> int | None:
    """The payer's own invoice that its text names; else its only open one for exactly this amount.

    None where the payer is unknown or more than one would do: that is for a person to say (invariant M17).
    """
    if not credit.payer.document:
        return None
    of_payer = select(Invoice.id).where(Invoice.payer_document == credit.payer.document)
    fits = Invoice.state.in_(OWED) & (Invoice.amount_cents - Invoice.paid_cents == credit.amount_cents)
    numbers = [number for number in invoice_numbers_in(credit.reference) if number <= LARGEST_ID]
    named = of_payer.where(Invoice.number.in_(numbers))
    for wanted in (named, named.where(fits), of_payer.where(fits)):
        found = session.scalars(wanted.limit(2)).all()
        if len(found) == 1:
            return found[0]
    return None


def invoices_by_boleto(_session: Session, asked: InvoicesByNumber) -> Select[int]:
    """The invoices whose boleto has this number at the bank, as it is printed too, or this bar code."""
    typed = asked.typed
    found = select(Boleto.invoice_id)
    if typed.bar_code:
        return found.where(Boleto.bar_code == typed.bar_code)
    return found.where(Boleto.number.in_(sorted(typed.our_numbers)), _is_printed(typed))


def _is_printed(typed: TypedNumber) -> ColumnElement[bool]:
    """The number itself, or what its printed form ends with, its check digit left out or not."""
    printed = func.upper(func.translate(Boleto.our_number, "/-. ", ""))
    unchecked = func.left(printed, -1)
    length = len(typed.plain)
    return or_(
        Boleto.number == typed.our_number,
        func.right(printed, length) == typed.plain,
        func.right(unchecked, length) == typed.plain,
    )


def invoices_by_txid(_session: Session, asked: InvoicesByNumber) -> Select[int]:
    """The invoice, or the invoices, whose Pix calls itself so."""
    txid = asked.typed.names[0]
    if (joint := joint_of(txid)) is not None:
        return select(JointPixInvoice.invoice_id).where(
            JointPixInvoice.joint_pix_id == min(joint, LARGEST_ID)
        )
    return select(Invoice.id).where(Invoice.id == min(invoice_of(txid) or 0, LARGEST_ID))


def invoices_by_statement(_session: Session, asked: InvoicesByNumber) -> Select[int | None]:
    """The invoices of the TEDs that a statement of ours calls so (the document's number, or NSU)."""
    lines = select(StatementLine.credit_id).where(
        StatementLine.account_id.in_(select(BankAccount.id)), StatementLine.fitid.in_(asked.typed.names)
    )
    return (
        select(func.coalesce(TedTransfer.invoice_id, Payment.invoice_id))
        .select_from(TedCredit)
        .outerjoin(TedTransfer, TedTransfer.id == TedCredit.transfer_id)
        .outerjoin(Payment, Payment.id == TedCredit.payment_id)
        .where(TedCredit.id.in_(lines))
    )
