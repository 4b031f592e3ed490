"""What the Central do Assinante says to people, by mail."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.shared.audit import LogEntry
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind, always
from portal.shared.tokens import Purpose
from portal.subscribers.models import SubscriberSignIn
from portal.subscribers.queries.people import list_companies
from portal.subscribers.rules import LINK_VALID_FOR


def send_link(session: Session, request: SubscriberSignIn, *, now: datetime) -> None:
    """Send the link by which a person of a customer signs in."""
    queue_notice(
        session,
        kind="subscriber_sign_in",
        subject_id=request.id,
        key=f"subscriber-sign-in:{request.id}",
        to=request.email,
        to_name="",
        now=now,
        is_urgent=True,
    )


def _is_still_asked(session: Session, notice: MailMessage, _now: datetime) -> bool:
    request = session.get(SubscriberSignIn, notice.subject_id)
    return request is not None and bool(list_companies(session, request.email))


def _sign_in(session: Session, notice: MailMessage, now: datetime) -> Letter:
    request = session.get_one(SubscriberSignIn, notice.subject_id)
    names = [company.name for company in list_companies(session, request.email)]
    link = Link(
        purpose=Purpose.SUBSCRIBER_SIGN_IN,
        subject_id=request.id,
        endpoint="subscribers.entry",
        ends_at=now + LINK_VALID_FOR,
    )
    return Letter(template="subscriber_sign_in", context={"companies": names}, link=link)


def tell_of_erasure(session: Session, *, customer: Customer, to: str, now: datetime) -> None:
    """Answer a request of erasure, once for each time it is done."""
    queue_notice(
        session,
        kind="personal_data_erased",
        subject_id=customer.id,
        key=f"personal-data-erased:{customer.id}:{now.timestamp():.0f}",
        to=to,
        to_name="",
        now=now,
        partner_id=customer.partner_id,
    )


def _erased(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    customer = session.get_one(Customer, notice.subject_id)
    entry = session.scalars(
        select(LogEntry)
        .where(LogEntry.action == "personal_data_erased", LogEntry.customer_id == customer.id)
        .order_by(LogEntry.id.desc())
        .limit(1)
    ).one()
    context = {"company": customer.name, "what": entry.summary, "words": entry.reason}
    return Letter(template="personal_data_erased", context=context)


NOTICES = (
    NoticeKind(name="subscriber_sign_in", is_needed=_is_still_asked, write=_sign_in),
    NoticeKind(name="personal_data_erased", is_needed=always, write=_erased),
)
