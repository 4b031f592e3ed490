"""What a statement of repasse says, on the screen, in the file and on paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.config import CompanySettings
from portal.customers.models import Customer
from portal.documents.rules.statement import StatementRow, StatementSheet
from portal.invoices.models import Invoice
from portal.payouts.models import Payout, PayoutLine, RepasseAccrual, RepasseReversal
from portal.payouts.rules import PayoutState, month_label
from portal.shared.brazil import (
    format_date,
    format_document,
    format_money,
    format_money_input,
    format_phone,
)
from portal.shared.clock import day_of

type LineParts = tuple[
    PayoutLine, RepasseAccrual | None, RepasseReversal | None, Invoice | None, Customer | None
]
OUTCOMES = {
    PayoutState.TO_PAY: "A pagar.",
    PayoutState.CARRIED: "Saldo negativo: passa para o próximo extrato.",
    PayoutState.EMPTY: "Nada a pagar.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A line of a statement as people read it. Amounts are centavos; a balance has but one.

    `accrual_id` and `invoice_id` say which pages it opens. `month` is that in which the customer paid, or in
    which it was taken back.
    """

    label: str
    note: str
    month: str
    customer: str
    document: str
    invoice: str
    accrual_id: int | None
    invoice_id: int | None
    paid_cents: int | None
    cost_cents: int | None
    fees_cents: int | None
    amount_cents: int


def statement_line(parts: LineParts, payout: Payout) -> StatementLine:
    """A line with the accrual, reversal, invoice and customer it has; of a lot with the one before it."""
    line, accrual, reversal, invoice, customer = parts
    figures = reversal or accrual
    if accrual is None or figures is None or invoice is None or customer is None:
        before = month_label(payout.previous.month) if payout.previous else ""
        return StatementLine(
            label=f"Saldo negativo do extrato de {before}",
            note="",
            month="",
            customer="",
            document="",
            invoice="",
            accrual_id=None,
            invoice_id=None,
            paid_cents=None,
            cost_cents=None,
            fees_cents=None,
            amount_cents=line.amount_cents,
        )
    return StatementLine(
        label=f"Estorno de {accrual.line_label}" if reversal else accrual.line_label,
        note=f"{reversal.cause.label}: {reversal.reason}" if reversal else _quantity(accrual),
        month=month_label(figures.month),
        customer=customer.display_name,
        document=format_document(customer.document),
        invoice=invoice.label,
        accrual_id=accrual.id,
        invoice_id=invoice.id,
        paid_cents=figures.paid_cents,
        cost_cents=figures.cost_cents,
        fees_cents=figures.central_fee_cents + figures.vendor_share_cents,
        amount_cents=line.amount_cents,
    )


def file_rows(lines: Iterator[LineParts], payout: Payout) -> Iterator[tuple[object, ...]]:
    """The lines of a statement for a spreadsheet."""
    for parts in lines:
        line = statement_line(parts, payout)
        yield (
            line.month,
            line.customer,
            line.document,
            line.invoice,
            line.label,
            line.note,
            *(_amount(cents) for cents in (line.paid_cents, line.cost_cents, line.fees_cents)),
            format_money_input(line.amount_cents),
        )


def statement_sheet(payout: Payout, lines: Sequence[LineParts], company: CompanySettings) -> StatementSheet:
    """The paper of a loaded statement; `lines` are its first ones, as many as a paper bears."""
    left = payout.line_count - len(lines)
    return StatementSheet(
        month=month_label(payout.month).capitalize(),
        partner_name=payout.partner.name,
        partner_document=format_document(payout.partner.document),
        opening=format_money(payout.opening_cents),
        accrued=format_money(payout.accrued_cents),
        reversed=format_money(payout.reversed_cents),
        total=format_money(payout.total_cents),
        outcome=outcome_of(payout),
        rows=tuple(_row(statement_line(parts, payout)) for parts in lines),
        left_out=f"Mais {left} itens estão no arquivo CSV deste extrato." if left else "",
        closed=f"Fechado em {format_date(day_of(payout.closed_at))} por {payout.closed_by.name}.",
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=company.address_line,
        company_contact=f"{company.email} · {format_phone(company.phone)}",
    )


def outcome_of(payout: Payout) -> str:
    """What became of a loaded lot, in a sentence."""
    transfer = payout.transfer
    if transfer is None:
        return OUTCOMES[payout.state]
    return (
        f"Pago em {format_date(transfer.paid_on)}: {transfer.bank}, agência {transfer.branch}, "
        f"conta {transfer.account}. Identificação {transfer.reference}."
    )


def _quantity(accrual: RepasseAccrual) -> str:
    return f"{accrual.quantity} unidades" if accrual.quantity > 1 else ""


def _amount(cents: int | None) -> str:
    return "" if cents is None else format_money_input(cents)


def _row(line: StatementLine) -> StatementRow:
    return StatementRow(
        customer=line.customer,
        invoice=line.invoice,
        item=line.label,
        paid="" if line.paid_cents is None else format_money(line.paid_cents),
        amount=format_money(line.amount_cents),
        is_negative=line.amount_cents < 0,
    )
