"""Sending the outbox, one mail at a time, each once.

A mail is claimed by a lease in one transaction, sent in none, and marked in another. Two workers never
send the same one: the lease outlasts any dialogue with the server. Only a process killed between the
server's 250 and the mark leaves a mail that is sent again, with the same Message-ID (invariant E3).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import uuid4

from sqlalchemy import Engine, Select, or_, select, update
from sqlalchemy.orm import Session

from portal.gateways.mail.interface import MailDeferred, MailRefused
from portal.shared.db import read_only
from portal.shared.mail import MailMessage, MailState, post_office
from portal.shared.mail_headers import SMTP, Subject
from portal.shared.queueing import promise_work
from portal.shared.refusals import Conflict, Missing
from portal.shared.tokens import LinkToken, is_open

log = logging.getLogger(__name__)

MAIL_LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=1)
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30))
DEAD_LINK = "O link deste e-mail expirou ou foi substituído antes do envio."
GAVE_UP = "O servidor de e-mail não aceitou a mensagem durante um dia."
REFUSED = "O servidor de e-mail recusou a mensagem ou o destinatário."
UNWRITABLE = "O endereço não pode receber e-mail."

# A long quoted name loses its quotes where the header is folded: what is a sign there must not stand in it.
_ADDRESS_SIGNS = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))

type Clock = Callable[[], datetime]


def deliver_next_mail(engine: Engine, *, clock: Clock, lease_for: timedelta = MAIL_LEASE) -> bool:
    """Send the mail that has been due longest; False when none is due. An edge: it commits."""
    with read_only(), Session(engine) as session:
        if session.scalar(_due(clock()).limit(1)) is None:
            return False
    with Session(engine, expire_on_commit=False) as session, session.begin():
        mail = _claim(session, now=clock(), lease_for=lease_for)
        if mail is None:
            return False
        token = session.get(LinkToken, mail.link_token_id) if mail.link_token_id else None
    _send(engine, mail, token, clock=clock)
    return True


def _due(now: datetime) -> Select[int]:
    return select(MailMessage.id).where(
        MailMessage.state == MailState.QUEUED,
        MailMessage.next_attempt_at <= now,
        or_(MailMessage.leased_until.is_(None), MailMessage.leased_until <= now),
    )


def _claim(session: Session, *, now: datetime, lease_for: timedelta) -> MailMessage | None:
    oldest = _due(now).order_by(MailMessage.next_attempt_at, MailMessage.id).limit(1)
    mail_id = session.scalar(oldest.with_for_update(skip_locked=True))
    if mail_id is None:
        return None
    mail = session.get_one(MailMessage, mail_id)
    mail.lease, mail.leased_until = uuid4().hex, now + lease_for
    mail.attempts += 1
    return mail


def _send(engine: Engine, mail: MailMessage, token: LinkToken | None, *, clock: Clock) -> None:
    if token is not None and not (is_open(token, clock()) and token.can_be_told):
        _close(engine, mail, MailState.FAILED, error=DEAD_LINK)
        return
    try:
        message = write_message(mail, token)
    except (MessageError, ValueError, IndexError):
        _close(engine, mail, MailState.FAILED, error=UNWRITABLE)
        return
    try:
        post_office().gateway.send(message)
    except MailRefused as refusal:
        log.warning("mail %s (%s) refused: %s", mail.id, mail.template, refusal)
        _close(engine, mail, MailState.FAILED, error=REFUSED)
    except MailDeferred as deferral:
        _defer(engine, mail, str(deferral), now=clock())
    else:
        log.info("mail %s (%s) sent", mail.id, mail.template)
        _close(engine, mail, MailState.SENT, sent_at=clock())


def _defer(engine: Engine, mail: MailMessage, why: str, *, now: datetime) -> None:
    log.warning("mail %s (%s) waits after attempt %s: %s", mail.id, mail.template, mail.attempts, why)
    if now - mail.created_at >= GIVE_UP_AFTER:
        _close(engine, mail, MailState.FAILED, error=f"{GAVE_UP} ({why})")
    else:
        wait = BACKOFF[min(mail.attempts, len(BACKOFF)) - 1]
        _close(engine, mail, MailState.QUEUED, error=why, next_attempt_at=now + wait)


def _close(
    engine: Engine, mail: MailMessage, state: MailState, *, error: str = "", **values: datetime
) -> None:
    """End the lease with an outcome; whoever lost his lease meanwhile changes nothing."""
    with Session(engine) as session, session.begin():
        session.execute(
            update(MailMessage)
            .where(MailMessage.id == mail.id, MailMessage.lease == mail.lease)
            .values(state=state, last_error=error, lease=None, leased_until=None, **values)
        )


def send_again(session: Session, *, mail_id: int, now: datetime) -> MailMessage:
    """Put a failed mail back into the queue, due now; it stays the same message.

    Raises:
        Missing: there is no such mail.
        Conflict: it waits or was sent already, or its link no longer works.
    """
    mail = session.get(MailMessage, mail_id, with_for_update=True)
    if mail is None:
        raise Missing("Não encontramos este e-mail.")
    if mail.state != MailState.FAILED:
        raise Conflict(f"Este e-mail já não está com falha: {mail.state_label.lower()}.")
    token = session.get(LinkToken, mail.link_token_id) if mail.link_token_id else None
    if token is not None and not (is_open(token, now) and token.can_be_told):
        raise Conflict("O link deste e-mail não vale mais. Envie de novo a proposta ou o convite.")
    mail.state, mail.next_attempt_at = MailState.QUEUED, now
    promise_work(session)
    return mail


def write_message(mail: MailMessage, token: LinkToken | None) -> EmailMessage:
    """The mail as it goes out, its link now with the secret. The same mail is always the same message.

    Raises:
        ValueError, MessageError, IndexError: the address is none.
    """
    if not mail.to_address.isascii():
        raise ValueError("a server that takes such an address may lose the mail on its way")
    message = EmailMessage(policy=SMTP)
    name, sender = parseaddr(post_office().sender)
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = Address(mail.to_name.translate(_ADDRESS_SIGNS), addr_spec=mail.to_address)
    if mail.reply_to and mail.reply_to.isascii():
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = Subject(mail.subject)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_with_secret(mail.text_body, token))
    message.add_alternative(_with_secret(mail.html_body, token), subtype="html")
    return message


def _with_secret(body: str, token: LinkToken | None) -> str:
    return body.replace(token.token_hash, token.secret()) if token else body
