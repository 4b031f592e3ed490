"""What a customer is told by mail: the protocol at once, and the formal end with its receipt."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.pages.cases import confirmed_lines, receipt_sheet
from portal.cancellations.pages.pauses import pause_of
from portal.cancellations.queries.cases import load_case
from portal.cancellations.rules.cases import CaseState, answer_until
from portal.config.company import CompanySettings
from portal.customers.models import Customer
from portal.customers.queries.reading import recipient_of
from portal.documents.operations.printing import render_cancellation
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind, Paper, always
from portal.shared.refusals import Missing
from portal.shared.tokens import Purpose

RECEIPT_PAGE = "cancellations.customers_receipt"
RECEIPT_VALID_FOR = timedelta(days=365)


def case_opened(session: Session, *, case: CancellationCase, customer: Customer, now: datetime) -> None:
    """The protocol, once."""
    _queue(session, case, customer, kind="cancellation_opened", now=now)


def case_closed(session: Session, *, case: CancellationCase, customer: Customer, now: datetime) -> None:
    """The formal confirmation with its receipt, once."""
    _queue(session, case, customer, kind="cancellation_confirmed", now=now)


def paused(session: Session, *, case: CancellationCase, customer: Customer, now: datetime) -> None:
    """The days of an agreed pause, once."""
    _queue(session, case, customer, kind="service_paused", now=now)


def _queue(session: Session, case: CancellationCase, customer: Customer, *, kind: str, now: datetime) -> None:
    to = recipient_of(customer)
    if to is not None:
        queue_notice(
            session,
            kind=kind,
            subject_id=case.id,
            key=f"{kind}:{case.id}",
            to=to.address,
            to_name=to.name,
            now=now,
            partner_id=case.partner_id,
        )


def print_receipt(case: CancellationCase, company: CompanySettings) -> Paper:
    """The receipt of a loaded case, as it goes with the mail and is downloaded.

    Raises:
        Missing: it did not end as a cancellation, or not yet.
    """
    if case.state is not CaseState.CANCELED or case.closed_at is None:
        raise Missing("O comprovante fica pronto quando o cancelamento estiver confirmado.")
    content = render_cancellation(receipt_sheet(case, company), now=case.closed_at)
    return Paper(file_name=f"cancelamento-{case.protocol}.pdf", content=content)


def _opened(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    case = load_case(session, notice.subject_id or 0)
    return Letter(
        template="cancellation_opened",
        context={
            "name": notice.to_name,
            "protocol": case.protocol,
            "facts": confirmed_lines(case)[:3],
            "answer_until": format_date(answer_until(case.requested_at)),
            "partner": case.partner.trade_name,
        },
    )


def _confirmed(session: Session, notice: MailMessage, now: datetime) -> Letter:
    case = load_case(session, notice.subject_id or 0)
    return Letter(
        template="cancellation_confirmed",
        context={
            "name": notice.to_name,
            "protocol": case.protocol,
            "contract": case.contract.label,
            "last_day": format_date(case.last_day) if case.last_day else "",
            "facts": confirmed_lines(case),
            "partner": case.partner.trade_name,
        },
        link=Link(
            purpose=Purpose.CANCELLATION,
            subject_id=case.id,
            partner_id=case.partner_id,
            endpoint=RECEIPT_PAGE,
            ends_at=now + RECEIPT_VALID_FOR,
        ),
    )


def _receipt(session: Session, notice: MailMessage) -> Paper:
    case = load_case(session, notice.subject_id or 0)
    return print_receipt(case, environment().company)


def _paused(session: Session, notice: MailMessage, now: datetime) -> Letter:
    case = load_case(session, notice.subject_id or 0)
    pause = pause_of(session, case, today=day_of(now))
    return Letter(
        template="service_paused",
        context={
            "name": notice.to_name,
            "protocol": case.protocol,
            "contract": case.contract.label,
            "words": pause.words if pause else "",
            "partner": case.partner.trade_name,
        },
    )


def _is_paused(session: Session, notice: MailMessage, _now: datetime) -> bool:
    case = session.get(CancellationCase, notice.subject_id)
    return case is not None and case.pause_id is not None


def _is_canceled(session: Session, notice: MailMessage, _now: datetime) -> bool:
    case = session.get(CancellationCase, notice.subject_id)
    return case is not None and case.state is CaseState.CANCELED


NOTICES = (
    NoticeKind(name="cancellation_opened", is_needed=always, write=_opened),
    NoticeKind(name="cancellation_confirmed", is_needed=_is_canceled, write=_confirmed, enclose=_receipt),
    NoticeKind(name="service_paused", is_needed=_is_paused, write=_paused),
)
