"""Mails to the signatory."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.mail import absolute_url, mail_link, queue_mail
from portal.shared.tokens import LinkToken
from portal.signatures.models import Envelope
from portal.signatures.rules.signing import shown_verification_code


def signature_requested(
    session: Session, *, envelope: Envelope, token: LinkToken, cause: int, now: datetime
) -> None:
    """The link. `envelope` with its partner and customer; `cause` is the event that it was sent by."""
    _mail(session, envelope, "signature_request", f"signature-request:{cause}", now=now, link=token)


def signature_reminder(
    session: Session, *, envelope: Envelope, token: LinkToken, cause: int, now: datetime
) -> None:
    """The link once more, because the file waits."""
    _mail(session, envelope, "signature_reminder", f"signature-reminder:{cause}", now=now, link=token)


def signing_code(
    session: Session, *, envelope: Envelope, code: str, minutes: int, cause: int, now: datetime
) -> None:
    """The code with which the signatory shows that this mailbox is his."""
    _mail(
        session,
        envelope,
        "signature_code",
        f"signature-code:{cause}",
        now=now,
        is_urgent=True,
        code=f"{code[:3]} {code[3:]}",
        minutes=minutes,
    )


def signature_completed(session: Session, *, envelope: Envelope, token: LinkToken, now: datetime) -> None:
    """The signed file is ready: where to keep a copy from, and where anybody can check it."""
    _mail(
        session,
        envelope,
        "signature_completed",
        f"signature-completed:{envelope.id}",
        now=now,
        link=token,
        copy_until=format_date(day_of(token.expires_at)),
        verification_code=shown_verification_code(envelope.verification_code),
        verification_url=absolute_url("signatures.verified", code=envelope.verification_code),
    )


def signature_canceled(session: Session, *, envelope: Envelope, cause: int, now: datetime) -> None:
    """Nothing is to be signed any more."""
    _mail(session, envelope, "signature_canceled", f"signature-canceled:{cause}", now=now)


def _mail(
    session: Session,
    envelope: Envelope,
    template: str,
    key: str,
    *,
    now: datetime,
    link: LinkToken | None = None,
    is_urgent: bool = False,
    **context: Any,
) -> None:
    partner, customer = envelope.partner, envelope.customer
    queue_mail(
        session,
        key=key,
        to=envelope.signer_email,
        to_name=envelope.signer_name,
        template=template,
        context={
            "name": envelope.signer_name,
            "title": envelope.title,
            "partner": partner.trade_name,
            "partner_email": partner.email,
            "customer": customer.name,
            "last_day": format_date(envelope.last_day),
            "url": mail_link(link, "signatures.sign") if link else "",
            **context,
        },
        now=now,
        partner_id=envelope.partner_id,
        link=link,
        reply_to=partner.email or None,
        is_urgent=is_urgent,
    )
