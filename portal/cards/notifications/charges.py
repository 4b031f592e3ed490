"""Mails about charges of a registered card."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.cards.notifications.updates import tell_owner
from portal.cards.queries.retries import next_try_of
from portal.cards.rules.cards import ChargeState, declined_sentence, refusal_in_words
from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice
from portal.invoices.notifications import PAY_PAGE
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import helper_of, known_sender, list_recipients, seller_of
from portal.invoices.rules.states import InvoiceState
from portal.shared import tokens
from portal.shared.brazil import format_date, format_money
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind
from portal.shared.tokens import Purpose
from portal.subscriptions.rules import BilledTo

LINK_VALID_FOR = timedelta(days=30)
CONFIRM_PAGE = "cards.confirm_charge"


def confirmation_needed(session: Session, *, charge: Charge, now: datetime) -> None:
    """Ask the payer to confirm the charge with the bank, on a page."""
    _write_to_payer(
        session,
        charge,
        key=f"charge-confirmation:{charge.id}",
        subject="Confirme o pagamento com seu banco",
        opening=(
            f"Seu banco pede que você confirme a cobrança de {format_money(charge.amount_cents)} "
            f"no cartão {charge.card.words}."
        ),
        button="Confirmar o pagamento",
        endpoint=CONFIRM_PAGE,
        now=now,
    )
    if charge.billed_to is BilledTo.PARTNER:
        return  # the seller is told of customers
    contract = load_contract(session, charge.contract_id)
    tell_owner(
        session,
        contract,
        key=f"charge-waits:{charge.id}",
        subject=f"Pagamento a confirmar: {contract.customer.name}",
        opening=(
            f"O banco pediu que {contract.customer.name} confirme a cobrança do contrato {contract.label}. "
            "Enviamos o link ao cliente."
        ),
        facts=[("Valor", format_money(charge.amount_cents)), ("Cartão", charge.card.words)],
        now=now,
    )


def charge_declined(session: Session, *, charge: Charge, now: datetime) -> None:
    """Tell the payer and, of a customer, the seller that it failed, and what to do."""
    next_try = next_try_of(session, charge)
    _write_to_payer(
        session,
        charge,
        key=f"charge-declined:{charge.id}",
        subject="Não conseguimos cobrar seu cartão",
        opening=declined_sentence(charge.card.last4, charge.reason) + _tried_again(next_try),
        button="Escolher como pagar",
        endpoint=PAY_PAGE,
        now=now,
    )
    if charge.billed_to is BilledTo.PARTNER:
        return
    contract = load_contract(session, charge.contract_id)
    reason = refusal_in_words(charge.reason)
    tell_owner(
        session,
        contract,
        key=f"charge-declined-owner:{charge.id}",
        subject=f"Cartão recusado: {contract.customer.name}",
        opening=(
            f"Não conseguimos cobrar o cartão de {contract.customer.name}: {reason}. "
            f"O cliente recebeu um link para pagar com outro cartão ou por Pix.{_tried_again(next_try)}"
        ),
        facts=[("Valor", format_money(charge.amount_cents)), ("Cartão", charge.card.words)],
        now=now,
    )


def _tried_again(day: date | None) -> str:
    return f" Sem outro pagamento até lá, tentamos este cartão de novo em {format_date(day)}." if day else ""


def _write_to_payer(
    session: Session,
    charge: Charge,
    *,
    key: str,
    subject: str,
    opening: str,
    button: str,
    endpoint: str,
    now: datetime,
) -> None:
    """A mail with a link to pay, to whom the invoice itself is mailed and to nobody else."""
    invoice = load_invoice(session, charge.invoice_id)
    _give_link(session, charge, now=now)
    for person in list_recipients(session, invoice):
        queue_notice(
            session,
            kind="card_charge",
            subject_id=charge.id,
            key=f"{key}:{person.address}",
            to=person.address,
            to_name=person.name,
            facts={"subject": subject, "opening": opening, "button": button, "endpoint": endpoint},
            now=now,
            partner_id=charge.partner_id,
            reply_to=seller_of(invoice).address or None,
        )


def _is_to_be_paid(session: Session, notice: MailMessage, _now: datetime) -> bool:
    """While the invoice is open; asked to confirm, also while the bank waits for that."""
    charge = session.get_one(Charge, notice.subject_id)
    if notice.facts["endpoint"] == CONFIRM_PAGE and charge.state is not ChargeState.REQUIRES_ACTION:
        return False
    return session.get_one(Invoice, charge.invoice_id).state is InvoiceState.OPEN


def _to_pay(session: Session, notice: MailMessage, now: datetime) -> Letter:
    charge = session.get_one(Charge, notice.subject_id)
    invoice = load_invoice(session, charge.invoice_id)
    words = {name: notice.facts[name] for name in ("subject", "opening", "button")}
    return Letter(
        template="card_charge",
        context={
            **words,
            "name": notice.to_name,
            "partner": helper_of(invoice).name,
            "facts": _facts(invoice, charge),
        },
        link=Link(
            purpose=Purpose.INVOICE,
            subject_id=invoice.id,
            partner_id=invoice.partner_id,
            endpoint=notice.facts["endpoint"],
            ends_at=now + LINK_VALID_FOR,
        ),
    )


def _facts(invoice: Invoice, charge: Charge) -> list[tuple[str, str]]:
    return [
        ("Fatura", invoice.label),
        ("Contrato", invoice.contract.label),
        ("Valor", format_money(charge.amount_cents)),
    ]


def _give_link(session: Session, charge: Charge, *, now: datetime) -> None:
    """The pages of the card and of the invoice show it at once; the mail takes the same."""
    tokens.give_out(
        session,
        purpose=Purpose.INVOICE,
        subject_id=charge.invoice_id,
        now=now,
        ends_at=now + LINK_VALID_FOR,
        partner_id=charge.partner_id,
    )


def _in_sellers_name(session: Session, notice: MailMessage) -> str:
    charge = session.get_one(Charge, notice.subject_id)
    return known_sender(load_invoice(session, charge.invoice_id))


NOTICES = (
    NoticeKind(name="card_charge", is_needed=_is_to_be_paid, write=_to_pay, in_name_of=_in_sellers_name),
)
