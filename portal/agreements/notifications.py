"""What the agreements room writes to the customer. The signature's own mails are the signatures room's."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.agreements.models import Agreement
from portal.agreements.queries.reading import load_agreement
from portal.agreements.rules.states import ENTRY, LIVE, AgreementState
from portal.customers.queries.reading import recipient_of
from portal.invoices.models import Invoice
from portal.invoices.notifications import link_to_pay
from portal.shared.brazil import format_date, format_money
from portal.shared.environment import supplier_line
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind

SIGNED_MAIL, BROKEN_MAIL = "agreement_signed", "agreement_broken"


def agreement_signed(session: Session, *, agreement: Agreement, now: datetime) -> None:
    """Tell the customer of a loaded agreement what is paid when, with the way to pay the first."""
    _queue(session, SIGNED_MAIL, agreement, now=now)


def agreement_broken(session: Session, *, agreement: Agreement, now: datetime) -> None:
    """Tell the customer that its invoices are owed again."""
    _queue(session, BROKEN_MAIL, agreement, now=now)


def _queue(session: Session, kind: str, agreement: Agreement, *, now: datetime) -> None:
    to = recipient_of(agreement.customer)
    if to is not None:
        queue_notice(
            session,
            kind=kind,
            subject_id=agreement.id,
            key=f"{kind}:{agreement.id}",
            to=to.address,
            to_name=to.name,
            now=now,
            partner_id=agreement.partner_id,
            reply_to=agreement.customer.partner.email or None,
        )


def _is_live(session: Session, mail: MailMessage, _now: datetime) -> bool:
    agreement = session.get(Agreement, mail.subject_id)
    return agreement is not None and agreement.state in LIVE


def _is_broken(session: Session, mail: MailMessage, _now: datetime) -> bool:
    agreement = session.get(Agreement, mail.subject_id)
    return agreement is not None and agreement.state is AgreementState.BROKEN


def _signed_letter(session: Session, mail: MailMessage, now: datetime) -> Letter:
    agreement = load_agreement(session, mail.subject_id or 0)
    first = agreement.parts[0]
    return Letter(
        template=SIGNED_MAIL,
        context=_context(agreement, mail)
        | {
            "first": first.name_of(agreement.last_part).lower(),
            "first_amount": format_money(first.amount_cents),
            "first_due_on": format_date(first.due_on),
            "has_entry": first.number == ENTRY,
            "facts": [
                (
                    part.name_of(agreement.last_part),
                    f"{format_money(part.amount_cents)}, vence em {format_date(part.due_on)}",
                )
                for part in agreement.parts
            ],
        },
        link=link_to_pay(session.get_one(Invoice, first.invoice_id), now=now),
    )


def _broken_letter(session: Session, mail: MailMessage, _now: datetime) -> Letter:
    agreement = load_agreement(session, mail.subject_id or 0)
    return Letter(
        template=BROKEN_MAIL,
        context=_context(agreement, mail)
        | {
            "reason": agreement.close_reason,
            "facts": [
                (f"Fatura {debt.invoice.label}", f"{format_money(debt.invoice.open_cents)} em aberto")
                for debt in agreement.debts
                if debt.invoice.open_cents
            ],
        },
    )


def _context(agreement: Agreement, mail: MailMessage) -> dict[str, object]:
    return {
        "name": mail.to_name,
        "number": agreement.label,
        "total": format_money(agreement.total_cents),
        "partner": agreement.customer.partner.trade_name,
        "supplier": supplier_line(),
    }


def _in_partners_name(session: Session, mail: MailMessage) -> str:
    return load_agreement(session, mail.subject_id or 0).customer.partner.trade_name


NOTICES = (
    NoticeKind(name=SIGNED_MAIL, is_needed=_is_live, write=_signed_letter, in_name_of=_in_partners_name),
    NoticeKind(name=BROKEN_MAIL, is_needed=_is_broken, write=_broken_letter, in_name_of=_in_partners_name),
)
