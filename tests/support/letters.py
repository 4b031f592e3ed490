"""What a queued notice says: written as it is when it leaves, without sending it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.mail_rows import MailMessage
from portal.shared.mail_writing import write_letter
from portal.shared.tokens import LinkToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail in words."""

    id: int
    key: str
    kind: str
    to_address: str
    to_name: str
    reply_to: str
    partner_id: int | None
    link_token_id: int | None
    is_urgent: bool
    subject: str
    text_body: str
    html_body: str


def written(session: Session, mail: MailMessage, *, now: datetime | None = None) -> Written:
    """The words of a mail, and the link in it, as of when it was queued unless said otherwise."""
    if mail.text_body is None:
        write_letter(session, mail, now=now or mail.created_at)
    assert mail.subject is not None
    assert mail.text_body is not None
    assert mail.html_body is not None
    return Written(
        id=mail.id,
        key=mail.key,
        kind=mail.kind,
        to_address=mail.to_address,
        to_name=mail.to_name,
        reply_to=mail.reply_to,
        partner_id=mail.partner_id,
        link_token_id=mail.link_token_id,
        is_urgent=mail.is_urgent,
        subject=mail.subject,
        text_body=mail.text_body,
        html_body=mail.html_body,
    )


def as_read(session: Session, mail: MailMessage) -> str:
    """The text of a mail as its receiver reads it, with its link and its code."""
    secrets = write_letter(session, mail, now=mail.created_at)
    text = mail.text_body or ""
    for sign, secret in secrets.items():
        text = text.replace(sign, secret)
    return text


def all_written(session: Session, mails: Iterable[MailMessage]) -> list[Written]:
    """The words of each."""
    return [written(session, mail) for mail in mails]


def write_all(session: Session) -> None:
    """Every mail gets its words and its link."""
    all_written(session, session.scalars(select(MailMessage).order_by(MailMessage.id)).all())


def mailed_link(session: Session, kind: str, subject_id: int, *, now: datetime | None = None) -> LinkToken:
    """The link in the newest mail of a kind about a row."""
    newest = select(MailMessage).filter_by(kind=kind, subject_id=subject_id).order_by(MailMessage.id.desc())
    mail = session.scalars(newest.limit(1)).one()
    return session.get_one(LinkToken, written(session, mail, now=now).link_token_id)
