"""What the overdue room writes to who owes: notice, that a service is suspended, and releases in trust."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, any_, bindparam, select
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.invoices.models import Invoice
from portal.invoices.notifications import link_to_pay, tell_payers
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import is_boleto_settling, load_invoice
from portal.invoices.queries.recipients import helper_of, known_sender, payer_of
from portal.invoices.rules.states import InvoiceState
from portal.overdue.models import OverdueNotice, Suspension, TrustRelease
from portal.overdue.queries.reading import load_suspension
from portal.overdue.queries.reminders import RemindedToday
from portal.overdue.queries.trust import load_trust
from portal.overdue.rules.lateness import NOTICE_MAIL, SUSPENDED_MAIL, TRUST_ENDED_MAIL, TRUST_MAIL
from portal.shared.arrays import IDS
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.environment import supplier_line
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind
from portal.shared.questions import ask
from portal.shared.queue import NotYet
from portal.subscriptions.queries.reading import get_subscription

A_DAY = timedelta(days=1)
THESE = bindparam("ids", type_=IDS)
REMINDED = "Hoje já saiu um lembrete: o aviso vai amanhã."


def notices_given(session: Session, *, notice_ids: Sequence[int], now: datetime) -> None:
    """Each notice by mail to who owes the invoice."""
    tell_payers(session, kind=NOTICE_MAIL, subjects=_given(), values={"ids": notice_ids}, now=now)


def services_suspended(session: Session, *, suspension_ids: Sequence[int], now: datetime) -> None:
    """Tell who owes that the service is suspended, and how it returns."""
    tell_payers(session, kind=SUSPENDED_MAIL, subjects=_suspended(), values={"ids": suspension_ids}, now=now)


def trust_given(session: Session, *, release_ids: Sequence[int], now: datetime) -> None:
    """Tell who owes until when the service is released in trust."""
    tell_payers(session, kind=TRUST_MAIL, subjects=_released(), values={"ids": release_ids}, now=now)


def trust_ended(session: Session, *, release_ids: Sequence[int], now: datetime) -> None:
    """Tell who owes that the service is suspended again."""
    if release_ids:
        tell_payers(
            session, kind=TRUST_ENDED_MAIL, subjects=_released(), values={"ids": release_ids}, now=now
        )


@cache
def _given() -> Select[int, int]:
    given = select(OverdueNotice.id.label("subject_id"), OverdueNotice.invoice_id)
    return given.where(OverdueNotice.id == any_(THESE))


@cache
def _suspended() -> Select[int, int]:
    return (
        select(Suspension.id.label("subject_id"), OverdueNotice.invoice_id)
        .join(Suspension.notice)
        .where(Suspension.id == any_(THESE))
    )


@cache
def _released() -> Select[int, int]:
    return (
        select(TrustRelease.id.label("subject_id"), OverdueNotice.invoice_id)
        .join(TrustRelease.suspension)
        .join(Suspension.notice)
        .where(TrustRelease.id == any_(THESE))
    )


def _notice_needed(session: Session, mail: MailMessage, now: datetime) -> bool:
    """Nobody who paid meanwhile is warned, nor whose boleto is paid and being settled.

    Raises:
        NotYet: the customer was reminded today; the notice is sent tomorrow, whatever comes.
    """
    notice = session.get_one(OverdueNotice, mail.subject_id)
    if not _is_owed(session, notice) or is_boleto_settling(session, notice.contract_id):
        return False
    today = day_of(now)
    if any(ask(session, RemindedToday(notice.customer_id, today))):
        raise NotYet(REMINDED, until=at_sao_paulo(today + A_DAY))
    return True


def _suspension_needed(session: Session, mail: MailMessage, _now: datetime) -> bool:
    """Nobody who is released, for good or in trust, is told to be suspended."""
    suspension = load_suspension(session, mail.subject_id or 0)
    return _is_suspended(session, suspension) and not is_boleto_settling(session, suspension.contract_id)


def _trust_needed(session: Session, mail: MailMessage, now: datetime) -> bool:
    release = load_trust(session, mail.subject_id or 0)
    return release.suspension.released_at is None and release.until_on >= day_of(now)


def _trust_ended_needed(session: Session, mail: MailMessage, _now: datetime) -> bool:
    suspension = load_trust(session, mail.subject_id or 0).suspension
    return _is_suspended(session, suspension) and not is_boleto_settling(session, suspension.contract_id)


def _is_suspended(session: Session, suspension: Suspension) -> bool:
    state = get_subscription(session, suspension.contract_id).service_state
    return suspension.released_at is None and state is ServiceState.SUSPENDED


def _is_owed(session: Session, notice: OverdueNotice) -> bool:
    return session.get_one(Invoice, notice.invoice_id).state is InvoiceState.OPEN


def _notice_letter(session: Session, mail: MailMessage, now: datetime) -> Letter:
    notice = session.get_one(OverdueNotice, mail.subject_id)
    return _letter(session, mail, notice, template=NOTICE_MAIL, now=now)


def _suspension_letter(session: Session, mail: MailMessage, now: datetime) -> Letter:
    suspension = load_suspension(session, mail.subject_id or 0)
    return _letter(session, mail, suspension.notice, template=SUSPENDED_MAIL, now=now)


def _trust_letter(session: Session, mail: MailMessage, now: datetime) -> Letter:
    release = load_trust(session, mail.subject_id or 0)
    letter = _letter(session, mail, release.suspension.notice, template=mail.kind, now=now)
    until = {"trusted_until": format_date(release.until_on)}
    return replace(letter, context={**letter.context, **until})


def _letter(
    session: Session, mail: MailMessage, notice: OverdueNotice, *, template: str, now: datetime
) -> Letter:
    invoice = load_invoice(session, notice.invoice_id)
    today = due_on_day(session, invoice, day_of(now))
    last_day = format_date(notice.suspends_on - A_DAY)
    facts = [
        ("Motivo", notice.reason),
        ("Valor da fatura", format_money(today.face_cents)),
        *([("Multa e juros até hoje", format_money(today.charges_cents))] if today.charges_cents else []),
        ("Valor de hoje", format_money(today.total_cents)),
    ]
    if template == NOTICE_MAIL:
        facts.append(("Pague até", last_day))
    return Letter(
        template=template,
        context={
            "name": mail.to_name,
            "number": invoice.label,
            "service": get_subscription(session, notice.contract_id).plan_name,
            "whose": f" de {invoice.customer.name}" if payer_of(invoice).is_partner else "",
            "facts": facts,
            "last_day": last_day,
            "suspends_on": format_date(notice.suspends_on),
            "partner": helper_of(invoice).name,
            "supplier": supplier_line(),
        },
        link=link_to_pay(invoice, now=now),
    )


def _in_name_of(invoice_of: Any) -> Any:
    def known(session: Session, mail: MailMessage) -> str:
        return known_sender(load_invoice(session, invoice_of(session, mail)))

    return known


def _invoice_of_notice(session: Session, mail: MailMessage) -> int:
    return session.get_one(OverdueNotice, mail.subject_id).invoice_id


def _invoice_of_suspension(session: Session, mail: MailMessage) -> int:
    return load_suspension(session, mail.subject_id or 0).notice.invoice_id


def _invoice_of_trust(session: Session, mail: MailMessage) -> int:
    return load_trust(session, mail.subject_id or 0).suspension.notice.invoice_id


NOTICES = (
    NoticeKind(
        name=NOTICE_MAIL,
        is_needed=_notice_needed,
        write=_notice_letter,
        in_name_of=_in_name_of(_invoice_of_notice),
    ),
    NoticeKind(
        name=SUSPENDED_MAIL,
        is_needed=_suspension_needed,
        write=_suspension_letter,
        in_name_of=_in_name_of(_invoice_of_suspension),
    ),
    NoticeKind(
        name=TRUST_MAIL,
        is_needed=_trust_needed,
        write=_trust_letter,
        in_name_of=_in_name_of(_invoice_of_trust),
    ),
    NoticeKind(
        name=TRUST_ENDED_MAIL,
        is_needed=_trust_ended_needed,
        write=_trust_letter,
        in_name_of=_in_name_of(_invoice_of_trust),
    ),
)
