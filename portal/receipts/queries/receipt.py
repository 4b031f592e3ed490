"""The receipt of a paid invoice: what was paid, when, how, by whom, to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.config import CompanySettings
from portal.documents.rules.receipt import ReceiptPayment, ReceiptSheet
from portal.invoices.models import Invoice, Posting
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.shared.brazil import format_date, format_document, format_money, format_phone
from portal.shared.clock import day_of
from portal.shared.refusals import Missing

NOT_PAID = "Esta fatura ainda não foi paga. O recibo aparece aqui quando o pagamento entrar."


def receipt_of(session: Session, invoice: Invoice, company: CompanySettings) -> tuple[ReceiptSheet, datetime]:
    """The receipt of a loaded invoice, and when it was paid in full.

    Raises:
        Missing: it is not paid in full.
    """
    if invoice.state is not InvoiceState.PAID or invoice.paid_at is None:
        raise Missing(NOT_PAID)
    day = format_date(day_of(invoice.paid_at))
    sheet = ReceiptSheet(
        invoice=invoice.label,
        contract=invoice.contract.label,
        amount=format_money(invoice.amount_cents),
        paid_on=day,
        due_on=format_date(invoice.due_on),
        payer_name=invoice.payer_name,
        payer_document=format_document(invoice.payer_document),
        lines=tuple((_line(line), format_money(line.amount_cents)) for line in invoice.lines),
        explanation=invoice.explanation,
        payments=tuple(_payments(session, invoice)),
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=f"{company.address}, {company.city}/{company.state}",
        company_contact=f"{company.email} · {format_phone(company.phone)}",
        place_and_day=f"{company.city}, {day}",
    )
    return sheet, invoice.paid_at


def _line(line: Any) -> str:
    return f"{line.label} × {line.quantity}" if line.quantity > 1 else str(line.label)


def _payments(session: Session, invoice: Invoice) -> list[ReceiptPayment]:
    """What paid the invoice, as the ledger has it: of a payment that was larger only the part."""
    parts = _parts(session, invoice)
    known = {
        payment.key: payment
        for payment in session.scalars(select(Payment).where(Payment.invoice_id == invoice.id))
    }
    found = []
    for key, cents, booked_at in parts:
        payment = known.get(key)
        found.append(
            ReceiptPayment(
                paid_on=format_date(day_of(payment.paid_at if payment else booked_at)),
                way=PaymentSource(key.partition(":")[0]).label,
                payer=(payment.payer_name if payment else "") or invoice.payer_name,
                amount=format_money(int(cents)),
            )
        )
    return found


def _parts(session: Session, invoice: Invoice) -> Sequence[Row[*tuple[Any, ...]]]:
    return session.execute(
        select(Posting.payment_key, func.sum(Posting.amount_cents), func.min(Posting.booked_at))
        .where(
            Posting.invoice_id == invoice.id,
            Posting.kind.in_((PostingKind.PAID, PostingKind.RESOLVED)),
            Posting.credit_account == Account.RECEIVABLE,
        )
        .group_by(Posting.payment_key)
        .order_by(func.min(Posting.id))
    ).all()
