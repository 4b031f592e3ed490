"""What the Central do Assinante says to people, by mail."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind
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


NOTICES = (NoticeKind(name="subscriber_sign_in", is_needed=_is_still_asked, write=_sign_in),)
