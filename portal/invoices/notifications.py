"""What the invoices room writes to people. Every mail has the key of its cause, so it is queued once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, String, bindparam, func, select, true
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.customers.queries.reading import recipient_of
from portal.customers.rules import Recipient
from portal.invoices.models import DueDayChange, Invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import addresses_of, helper_of, known_sender, payer_of, seller_of
from portal.invoices.rules.billing import INVOICE_ISSUED
from portal.invoices.rules.free_months import days_of, months_of
from portal.invoices.rules.states import InvoiceState
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.shared.mail import queue_notice, queue_selected
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind, always
from portal.shared.payment_methods import Way
from portal.shared.tokens import Purpose
from portal.subscriptions.queries.free_months import list_given_with
from portal.subscriptions.queries.reading import get_subscription

PAY_PAGE = "checkout.invoice_page"
DUE_DAY_MAIL = "due_day_changed"
FREE_MONTHS_MAIL = "free_months"
LINK_VALID_FOR = timedelta(days=180)


def invoice_issued(
    session: Session,
    *,
    invoice: Invoice,
    to: Recipient,
    is_first_mail: bool,
    now: datetime,
) -> None:
    """The invoice by mail: how much, until when, how to pay. The first time once, again once a minute."""
    key = f"invoice-issued:{invoice.id}:{to.address}"
    queue_notice(
        session,
        kind=INVOICE_ISSUED,
        subject_id=invoice.id,
        key=key if is_first_mail else f"{key}:{now:%Y%m%d%H%M}",
        to=to.address,
        to_name=to.name,
        facts={"is_first_mail": is_first_mail},
        now=now,
        partner_id=invoice.partner_id,
        reply_to=seller_of(invoice).address or None,
    )


def invoices_issued(session: Session, *, chunk_id: int, now: datetime) -> None:
    """The open invoices of a billing chunk that are paid by hand, each to all who get it."""
    facts, values = {"is_first_mail": True}, {"chunk_id": chunk_id}
    tell_payers(session, kind=INVOICE_ISSUED, subjects=_of_chunk(), values=values, facts=facts, now=now)


@cache
def _of_chunk() -> Select[int, int]:
    return select(Invoice.id.label("subject_id"), Invoice.id.label("invoice_id")).where(
        Invoice.chunk_id == bindparam("chunk_id", type_=BigInteger), Invoice.payment_method != Way.CARD
    )


def tell_payers(
    session: Session,
    *,
    kind: str,
    subjects: Select[int, int],
    values: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Mails of a kind about open invoices to who owes them, answered by who sold; one statement for all.

    `subjects` has a `subject_id` for each `invoice_id`; what its parameters are is in `values`. Each is told
    once, whoever asks again.
    """
    queue_selected(
        session,
        kind=kind,
        notices=_notices(kind, subjects),
        values={"vendor_address": environment().company.email, **(values or {})},
        facts=facts,
        now=now,
    )


@lru_cache(maxsize=16)
def _notices(kind: str, subjects: Select[int, int]) -> Select[*tuple[Any, ...]]:
    """What `queue_selected` asks for, built once of subjects that are kept."""
    subject = subjects.subquery("subject")
    mail = addresses_of(subject.c.invoice_id, vendor_address=bindparam("vendor_address", type_=String))
    key = func.concat(f"{kind.replace('_', '-')}:", subject.c.subject_id, ":", mail.c.to_address)
    return (
        select(
            subject.c.subject_id,
            key.label("key"),
            mail.c.to_address,
            mail.c.to_name,
            mail.c.reply_to,
            mail.c.partner_id,
        )
        .join(mail, true())
        .order_by(subject.c.subject_id)
    )


def due_day_changed(session: Session, *, contract: Contract, change_id: int, now: datetime) -> None:
    """Tell the customer of a loaded contract on which day it pays from now on."""
    key = f"due-day-changed:{change_id}"
    _tell_customer(session, contract, kind=DUE_DAY_MAIL, subject_id=change_id, key=key, now=now)


def free_months_given(session: Session, *, contract: Contract, month_id: int, now: datetime) -> None:
    """Tell the customer of a loaded contract of the months it is given; `month_id` is the first of them."""
    key = f"free-months:{month_id}"
    _tell_customer(session, contract, kind=FREE_MONTHS_MAIL, subject_id=month_id, key=key, now=now)


def _tell_customer(
    session: Session, contract: Contract, *, kind: str, subject_id: int, key: str, now: datetime
) -> None:
    """Queue a notice that the partner answers for, where the customer has an address."""
    to = recipient_of(contract.customer)
    if to is not None:
        queue_notice(
            session,
            kind=kind,
            subject_id=subject_id,
            key=key,
            to=to.address,
            to_name=to.name,
            now=now,
            partner_id=contract.partner_id,
            reply_to=contract.customer.partner.email or None,
        )


def is_to_be_paid(session: Session, notice: MailMessage, _now: datetime) -> bool:
    """Whether the invoice that a notice is about can still be paid."""
    invoice = session.get(Invoice, notice.subject_id)
    return invoice is not None and invoice.state is InvoiceState.OPEN


def in_sellers_name(session: Session, notice: MailMessage) -> str:
    """In whose name a notice about an invoice leaves."""
    return known_sender(load_invoice(session, notice.subject_id or 0))


def link_to_pay(invoice: Invoice, *, endpoint: str = PAY_PAGE, now: datetime) -> Link:
    """The link to an invoice for a letter: links that were sent before go on working."""
    return Link(
        purpose=Purpose.INVOICE,
        subject_id=invoice.id,
        partner_id=invoice.partner_id,
        endpoint=endpoint,
        ends_at=now + LINK_VALID_FOR,
    )


def _issued(session: Session, notice: MailMessage, now: datetime) -> Letter:
    invoice = load_invoice(session, notice.subject_id or 0)
    # Banks know no address of partners, so these get no boleto.
    way = Way.TED if payer_of(invoice).is_partner else Way(invoice.payment_method)
    return Letter(
        template="invoice_issued",
        context={
            "name": notice.to_name,
            "number": invoice.label,
            "amount": format_money(invoice.open_cents),
            "due_on": format_date(invoice.due_on),
            "opening": _opening(invoice, is_first_mail=notice.facts["is_first_mail"]),
            "explanation": invoice.explanation,
            "facts": _facts(invoice, way.offer),
            "ways": way.means,
            "next_step": _next_step(invoice),
            "partner": helper_of(invoice).name,
        },
        link=link_to_pay(invoice, now=now),
    )


def _facts(invoice: Invoice, way: str) -> list[tuple[str, str]]:
    return [
        ("Fatura", invoice.label),
        ("Valor", format_money(invoice.open_cents)),
        ("Vencimento", format_date(invoice.due_on)),
        ("Como pagar", way),
    ]


def _opening(invoice: Invoice, *, is_first_mail: bool) -> str:
    if payer_of(invoice).is_partner:
        return f"Esta é a fatura do custo contratado para {invoice.customer.name}."
    if not is_first_mail:
        return "Segue de novo a sua fatura."
    if invoice.installment_number == 1:
        return "Obrigado por assinar o contrato. Falta só o primeiro pagamento."
    return "Sua nova fatura está pronta."


def _next_step(invoice: Invoice) -> str:
    whose = "o serviço do cliente" if payer_of(invoice).is_partner else "o serviço"
    return f"Assim que o pagamento for confirmado, liberamos {whose} e avisamos por e-mail."


def _due_day_letter(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    change = session.get_one(DueDayChange, notice.subject_id)
    contract = load_contract(session, change.contract_id)
    subscription = get_subscription(session, change.contract_id)
    facts = [("Plano", subscription.plan_name), ("Dia de vencimento", f"{change.to_day}")]
    if change.invoice_id is not None:
        between = session.get_one(Invoice, change.invoice_id)
        facts.append(("Dias até o novo vencimento", format_money(between.amount_cents)))
        facts.append(("Vencem em", format_date(between.due_on)))
    first = change.number + (change.invoice_id is not None)
    facts.append(("Primeiro vencimento no novo dia", format_date(subscription.place.period(first).due_on)))
    return Letter(
        template=DUE_DAY_MAIL,
        context={
            "name": notice.to_name,
            "from_day": change.from_day,
            "to_day": change.to_day,
            "facts": facts,
            "partner": contract.customer.partner.trade_name,
        },
    )


def _are_given(session: Session, notice: MailMessage, now: datetime) -> bool:
    """Whether any of them is still to come, or runs: not after the contract ended, or they moved."""
    return bool(list_given_with(session, notice.subject_id or 0, today=day_of(now)))


def _free_months_letter(session: Session, notice: MailMessage, now: datetime) -> Letter:
    given = list_given_with(session, notice.subject_id or 0, today=day_of(now))
    contract = load_contract(session, given[0].contract_id)
    subscription = get_subscription(session, contract.id)
    facts = [("Contrato", contract.label), ("Plano", subscription.plan_name), ("Período", days_of(given))]
    if subscription.next_due_on is not None:
        facts.append(("Próximo vencimento", format_date(subscription.next_due_on)))
    return Letter(
        template=FREE_MONTHS_MAIL,
        context={
            "name": notice.to_name,
            "months": months_of(given),
            "is_one": len(given) == 1,
            "has_moved": given[0].moved_from_id is not None,
            "facts": facts,
            "partner": contract.customer.partner.trade_name,
        },
    )


NOTICES = (
    NoticeKind(name=INVOICE_ISSUED, is_needed=is_to_be_paid, write=_issued, in_name_of=in_sellers_name),
    NoticeKind(name=DUE_DAY_MAIL, is_needed=always, write=_due_day_letter),
    NoticeKind(name=FREE_MONTHS_MAIL, is_needed=_are_given, write=_free_months_letter),
)
