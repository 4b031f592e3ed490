"""The receipt of a paid invoice: what was paid, when, how, by whom, to whom; payments in a timeline; what a
customer has as credit and where it came from.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.config import CompanySettings
from portal.customers.queries.history import HistoryBesideLog, HistoryRows, Told
from portal.documents.rules.receipt import ReceiptPayment, ReceiptSheet
from portal.invoices.models import Invoice
from portal.invoices.queries.credit import (
    CreditColumn,
    CreditLeft,
    CreditOf,
    CreditOfPartner,
    CreditUsedOn,
)
from portal.invoices.queries.money_back import MoneyBack, MoneyBackOf
from portal.invoices.rules.credit_notes import credit_note_label
from portal.invoices.rules.states import InvoiceState, invoice_label
from portal.partners.models import Partner
from portal.partners.queries.partners import OwnCreditOf
from portal.receipts.queries.credit_left import (
    OpenCredit,
    list_credit_of_partner,
    list_partners_with_credit,
    open_credits,
    partner_credit_cents,
    read_open_credits,
)
from portal.receipts.queries.history import payments_beside_log
from portal.receipts.queries.receipt import PaidPart, list_paid_parts
from portal.receipts.queries.refunds import list_back_of_invoice
from portal.receipts.rules.receiving import CreditReason, PaymentSource
from portal.receipts.rules.returning import ReturnCause
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_document, format_money, format_phone
from portal.shared.clock import day_of
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing

OF_PAYMENT = {
    CreditReason.ALREADY_PAID: "Pagamento {money} para a fatura {invoice}, que já estava paga",
    CreditReason.VOIDED: "Pagamento {money} para a fatura {invoice}, que tinha sido cancelada",
    CreditReason.BY_FINANCE: "Pagamento {money} que o financeiro deixou como crédito",
    CreditReason.EXCESS: "Sobra do pagamento {money} da fatura {invoice}",
}
OF_ELSE = {
    CreditReason.VOIDED: "O que estava pago da fatura {invoice}, cancelada em {day}",
    CreditReason.CREDIT_NOTE: "Nota de crédito {note}, de {day}, da fatura {invoice}",
    CreditReason.REFERRAL: "Desconto por indicação, de {day}",
    CreditReason.RETENTION: "Desconto combinado em {day}",
}
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
        payments=tuple(_payment(part, invoice) for part in list_paid_parts(session, invoice)),
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=company.address_line,
        company_contact=f"{company.email} · {format_phone(company.phone)}",
        place_and_day=f"{company.city}, {day}",
    )
    return sheet, invoice.paid_at


def _line(line: Any) -> str:
    return f"{line.label} × {line.quantity}" if line.quantity > 1 else str(line.label)


def _way_of(key: str) -> str:
    source = key.partition(":")[0]
    ours = {"credit": "Crédito", "agreement": "Acordo"}
    return ours.get(source) or PaymentSource(source).label


def _payment(part: PaidPart, invoice: Invoice) -> ReceiptPayment:
    payment = part.payment
    return ReceiptPayment(
        paid_on=format_date(day_of(payment.paid_at if payment else part.booked_at)),
        way=_way_of(part.key),
        payer=(payment.payer_name if payment else "") or invoice.payer_name,
        amount=format_money(part.cents),
    )


def money_back(session: Session, asked: MoneyBackOf) -> Sequence[MoneyBack]:
    """What went back of an invoice and why, or is on its way."""
    return [
        MoneyBack(at=at, what=ReturnCause(cause).label, cents=cents, is_done=is_done, payment_id=payment_id)
        for at, cause, cents, is_done, payment_id in list_back_of_invoice(session, asked.invoice_id)
    ]


def credit_of(_session: Session, asked: CreditOf) -> CreditColumn:
    """What a customer has left of its credits, the oldest first."""
    return CreditColumn(column=open_credits(asked.customer_id), read=read_credit)


def credit_of_partner(session: Session, asked: CreditOfPartner) -> Sequence[CreditLeft]:
    """What a partner has left of its own credits, the oldest first."""
    return credit_in_words(list_credit_of_partner(session, asked.partner_id))


def own_credit_of(session: Session, asked: OwnCreditOf) -> int:
    """What a partner has left of its own credits, in centavos."""
    return partner_credit_cents(session, asked.partner_id)


def partners_with_credit(session: Session, actor: Actor) -> Sequence[tuple[Partner, Sequence[CreditLeft]]]:
    """The partners a person may see that have credit of their own left, each with it in words."""
    found = list_partners_with_credit(session, actor=actor)
    return [(partner, credit_in_words(credits_left)) for partner, credits_left in found]


def read_credit(column: Any) -> Sequence[CreditLeft]:
    """What the column `open_credits` of a row says."""
    return credit_in_words(read_open_credits(column))


def credit_in_words(credits_left: Sequence[OpenCredit]) -> Sequence[CreditLeft]:
    """Credits with something left, as staff and customer read them."""
    return [
        CreditLeft(
            amount_cents=found.amount_cents,
            left_cents=found.left_cents,
            origin=_origin(found),
            payment_id=found.payment_id,
            invoice_id=found.invoice_id,
            invoice_label=invoice_label(found.invoice_number),
            used_on=[
                CreditUsedOn(invoice_id=invoice_id, label=invoice_label(number), cents=cents)
                for invoice_id, number, cents in found.uses
            ],
        )
        for found in credits_left
    ]


def _origin(found: OpenCredit) -> str:
    """Where a credit came from, as staff and customer read it."""
    invoice = invoice_label(found.invoice_number)
    if found.source and found.paid_at:
        day, way = format_date(day_of(found.paid_at)), Way(found.source.value).noun
        money = f"de {format_money(found.paid_cents or 0)} por {way} em {day}"
        return OF_PAYMENT[found.reason].format(money=money, invoice=invoice)
    return OF_ELSE[found.reason].format(
        day=format_date(day_of(found.created_at)),
        invoice=invoice,
        note=credit_note_label(found.note_number or 0),
    )


def history_beside_log(_session: Session, asked: HistoryBesideLog) -> Sequence[HistoryRows]:
    """Payments of a customer's invoices, for its timeline."""
    rows = payments_beside_log(asked.customer)
    return (HistoryRows(name="payments", kind="pagamentos", rows=rows, in_words=_payment_words),)


def _payment_words(facts: Mapping[str, Any]) -> Told:
    amount, way = format_money(facts["amount_cents"]), PaymentSource(facts["source"]).label
    label = invoice_label(facts["number"])
    return Told(f"Recebemos {amount} por {way} para a fatura {label}", "payments", facts["invoice_id"])
