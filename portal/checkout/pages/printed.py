"""An invoice as it is printed: what is charged, what came off it, how the rest is paid."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.queries.account import TedAccount, ted_account
from portal.banking.rules.accounts import NoAccountForWay
from portal.banking.rules.boleto import BoletoState
from portal.checkout.pages.invoice_page import PixCode, pix_code
from portal.checkout.queries import find_boleto
from portal.config import CompanySettings
from portal.documents.rules.invoice import InvoiceSheet, WaysToPay
from portal.invoices.models import Invoice, InvoiceLine
from portal.invoices.queries.due_dates import payable_until
from portal.invoices.queries.late_charges import DueToday, due_on_day
from portal.invoices.queries.recipients import helper_of, payer_of
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.receipts.queries.credits import credit_used_cents
from portal.shared.brazil import (
    format_date,
    format_document,
    format_money,
    format_phone,
)
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.shared.mail import absolute_url
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing

NOT_ISSUED = "Esta fatura ainda não foi emitida. O PDF aparece aqui quando ela tiver um número."
SETTLING = "O boleto desta fatura foi pago e o banco ainda está compensando. Não pague de novo."


def invoice_sheet(
    session: Session, invoice: Invoice, company: CompanySettings, *, today: date
) -> tuple[InvoiceSheet, datetime]:
    """A loaded invoice as it stands on a day, while it is open with the ways to pay it; its instant of issue.

    Raises:
        Missing: it has no number yet.
    """
    if invoice.number is None or invoice.issued_at is None:
        raise Missing(NOT_ISSUED)
    due, payer, seller = due_on_day(session, invoice, today), payer_of(invoice), helper_of(invoice)
    boleto = find_boleto(session, invoice.id)
    is_settling = boleto is not None and boleto.state is BoletoState.PAID_UNSETTLED
    notice = _notice(invoice) or (SETTLING if is_settling else "")
    sheet = InvoiceSheet(
        number=invoice.label,
        kind=invoice.kind.label,
        contract=invoice.contract.label,
        issued_on=format_date(day_of(invoice.issued_at)),
        due_on=format_date(invoice.due_on),
        period=_period(invoice),
        way="Pix, TED ou cartão" if payer.is_partner else Way(invoice.payment_method).label,
        payer_name=invoice.payer_name,
        payer_document=format_document(invoice.payer_document),
        payer_address="" if payer.is_partner else invoice.customer.address_line,
        seller=seller.name,
        seller_contact=seller.address,
        lines=tuple(_line(line) for line in invoice.lines),
        remarks=_remarks(session, invoice),
        total=format_money(invoice.amount_cents),
        taken_off=_taken_off(session, invoice, due, today=today),
        notice=notice,
        ways=None if notice else _ways(session, invoice, due, boleto),
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=company.address_line,
        company_contact=f"{company.email} · {format_phone(company.phone)}",
    )
    return sheet, invoice.issued_at


def _notice(invoice: Invoice) -> str:
    """Why an invoice is not to be paid; "" of an open one."""
    paid_on = format_date(day_of(invoice.paid_at)) if invoice.paid_at else ""
    return {
        InvoiceState.PAID: f"Paga em {paid_on}.",
        InvoiceState.VOID: f"Fatura cancelada: {invoice.void_reason.rstrip('.')}. Não é preciso pagar.",
        InvoiceState.UNCOLLECTIBLE: "Para acertar esta fatura, fale com o financeiro.",
        InvoiceState.IN_AGREEMENT: "Esta fatura está em um acordo: paga-se pelas parcelas dele.",
    }.get(invoice.state, "")


def _line(line: InvoiceLine) -> tuple[str, str]:
    label = f"{line.label} × {line.quantity}" if line.quantity > 1 else line.label
    return label, format_money(line.amount_cents) if line.amount_cents else "Grátis"


def _period(invoice: Invoice) -> str:
    if invoice.period_from is None or invoice.period_until is None:
        return ""
    return f"{format_date(invoice.period_from)} a {format_date(invoice.period_until)}"


def _remarks(session: Session, invoice: Invoice) -> tuple[str, ...]:
    """How the amount came about, and what else is to be known of it."""
    last, said = payable_until(session, invoice.due_on), [invoice.explanation]
    if invoice.carried_cents:
        is_agreed = invoice.kind is InvoiceKind.AGREEMENT
        whose = "faturas do acordo" if is_agreed else "faturas anteriores, pagas com atraso"
        said.append(f"Inclui {format_money(invoice.carried_cents)} de multa e juros de {whose}.")
    if last != invoice.due_on and invoice.state is InvoiceState.OPEN:
        closed = "O vencimento cai em dia sem expediente bancário"
        said.append(f"{closed}: pode ser paga sem acréscimo até {format_date(last)}.")
    return tuple(filter(None, said))


def _taken_off(
    session: Session, invoice: Invoice, due: DueToday, *, today: date
) -> tuple[tuple[str, str], ...]:
    """What came off the total, and what lateness added, between it and what is to be paid."""
    credit = credit_used_cents(session, invoice.id)
    paid = invoice.paid_cents - credit
    rows = (
        ("Crédito usado", -credit),
        ("Já pago", -paid),
        (f"Multa e juros por atraso, em {format_date(today)}", due.charges_cents),
    )
    return tuple(
        (name, f"{'−' if cents < 0 else ''}{format_money(abs(cents))}") for name, cents in rows if cents
    )


def _ways(session: Session, invoice: Invoice, due: DueToday, boleto: Boleto | None) -> WaysToPay:
    is_partners, company = payer_of(invoice).is_partner, environment().company
    pix, ted = (
        _if_any(lambda: pix_code(session, invoice, due.total_cents)),
        _if_any(lambda: ted_account(session)),
    )
    usable = boleto if boleto is not None and boleto.state is BoletoState.REGISTERED else None
    remark = ""
    if due.charges_cents and usable:
        alone = "Cobra só a fatura; multa e juros vão na fatura seguinte."
        remark = "Cobra também a multa e os juros." if usable.brings_charges else alone
    area = f" ou na Central do Assinante, {absolute_url('subscribers.home')}"
    return WaysToPay(
        amount=format_money(due.total_cents),
        pix_text=pix.text if pix else "",
        pix_picture=_standing_alone(pix) if pix else "",
        boleto_line=usable.line if usable else "",
        boleto_remark=remark,
        ted=_ted_facts(ted, invoice) if ted else (),
        elsewhere=f"Outras formas no link de pagamento que você recebeu{'' if is_partners else area}."
        f" Dúvidas: {company.email}.",
    )


def _if_any[A](read: Callable[[], A]) -> A | None:
    """What is read of the account of a way to pay; None without such an account."""
    try:
        return read()
    except NoAccountForWay:
        return None


def _standing_alone(pix: PixCode) -> str:
    return str(pix.picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _ted_facts(account: TedAccount, invoice: Invoice) -> tuple[tuple[str, str], ...]:
    return (
        ("Favorecido", account.company),
        ("CNPJ", format_document(account.document)),
        ("Banco", f"{account.bank} · {account.bank_name}"),
        ("Agência", account.branch),
        ("Conta corrente", account.account),
        ("Escreva na descrição", f"Fatura {invoice.label}"),
    )
