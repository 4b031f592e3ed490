"""Sending the outbox: one job a mail, in the lane `mail`.

Before each attempt the notice is looked at again: what nobody needs any more ends as that, the rest is
written as of now (`mail_writing.py`). One that cannot be written waits like one the server does not take,
with that as the reason, and keeps no other waiting.

The queue claims, leases, waits between attempts and gives up after a day (`queue/running.py`). Only a
process killed between the server's 250 and the mark leaves a mail that is sent again, with the same
Message-ID (invariant E3). Before a mail leaves for the first time, the brake looks at it once more
(`mail_brake.py`): its word here is exact, whatever was queued at the same moment.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.gateways.mail.interface import MailDeferred, MailRefused
from portal.shared import queue
from portal.shared.logging import where_it_failed
from portal.shared.mail import MAIL, post_office
from portal.shared.mail_brake import take_turn, why_held
from portal.shared.mail_headers import SMTP, Subject
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.mail_writing import enclosed_in, is_needed, sender_of, write_letter
from portal.shared.notices import Paper
from portal.shared.queue import JobKind, Lane, QueuedJob, TryLater
from portal.shared.refusals import Conflict, Missing
from portal.shared.tokens import LinkToken, still_leads_somewhere

log = logging.getLogger(__name__)

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30))
DEAD_LINK = "O link deste e-mail expirou ou foi substituído antes do envio."  # of one written when queued
GAVE_UP = "O servidor de e-mail não aceitou a mensagem durante um dia."
NOT_NEEDED = "O motivo deste e-mail acabou antes do envio."
REFUSED = "O servidor de e-mail recusou a mensagem ou o destinatário."
UNWRITABLE = "O endereço não pode receber e-mail."
UNWRITTEN = "Não foi possível escrever este e-mail"

# A long quoted name loses its quotes where the header is folded: what is a sign there must not stand in it.
_ADDRESS_SIGNS = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A written mail on its way out."""

    name: str
    message: EmailMessage


def _write(session: Session, mail_id: int, *, now: datetime) -> _Outgoing | None:
    """The mail as it goes out; None when it need not, may not or cannot, which its row then says.

    Raises:
        TryLater: what its kind asks or says failed.
    """
    take_turn(session)
    mail = session.get_one(MailMessage, mail_id, with_for_update=True)
    if mail.state != MailState.QUEUED:
        return None
    try:
        if ended := _why_not(session, mail, now=now):
            mail.state, mail.last_error = ended
            return None
        secrets = write_letter(session, mail, now=now)
        message = write_message(mail, secrets, in_name_of=sender_of(session, mail))
        if paper := enclosed_in(session, mail):
            enclose(message, paper)
    except (DBAPIError, TryLater):
        raise  # the database's fault, or not the hour for it
    except Exception as error:
        _log_unwritten(mail, error)
        raise TryLater(f"{UNWRITTEN}: {type(error).__name__}.") from error
    mail.let_go_at = mail.let_go_at or now
    return _Outgoing(f"{mail.id} ({mail.kind})", message)


def _log_unwritten(mail: MailMessage, error: Exception) -> None:
    """Where it failed, not in which words: they may tell of people."""
    log.error("mail %s (%s) cannot be written: %s", mail.id, mail.kind, where_it_failed(error))


def _why_not(session: Session, mail: MailMessage, *, now: datetime) -> tuple[MailState, str] | None:
    """What a queued mail becomes instead of leaving; asked before its link exists."""
    if not is_needed(session, mail, now=now):
        return MailState.NOT_NEEDED, NOT_NEEDED
    if mail.subject_id is None and _has_dead_link(session, mail, now=now):
        return MailState.FAILED, DEAD_LINK
    try:
        _envelope(mail)
    except (MessageError, ValueError, IndexError):
        return MailState.FAILED, UNWRITABLE
    if mail.let_go_at is None and (why := why_held(session, mail, limits=post_office().limits, now=now)):
        return MailState.HELD, why
    return None


def _send(outgoing: _Outgoing) -> MailState:
    """Hand it to the server.

    Raises:
        TryLater: the server cannot take it now.
    """
    try:
        post_office().gateway.send(outgoing.message)
    except MailRefused as refusal:
        log.warning("mail %s refused: %s", outgoing.name, refusal)
        return MailState.FAILED
    except MailDeferred as deferral:
        raise TryLater(str(deferral)) from deferral
    log.info("mail %s sent", outgoing.name)
    return MailState.SENT


def _mark(session: Session, mail_id: int, state: MailState, *, now: datetime) -> None:
    mail = session.get_one(MailMessage, mail_id)
    mail.state = state
    mail.sent_at = now if state is MailState.SENT else None
    mail.last_error = "" if state is MailState.SENT else REFUSED


def _give_up(session: Session, mail_id: int, **_moment: datetime) -> None:
    why = session.scalars(select(QueuedJob.last_error).filter_by(kind=MAIL, subject_id=mail_id)).one()
    mail = session.get_one(MailMessage, mail_id)
    mail.state = MailState.FAILED
    mail.last_error = why if why.startswith(UNWRITTEN) else f"{GAVE_UP} ({why})"


send_mail = JobKind(
    name=MAIL,
    title="Envio de e-mail",
    lane=Lane.MAIL,
    before=_write,
    call=_send,
    record=_mark,
    on_failure=_give_up,
    waits=WAITS,
)


def send_again(session: Session, *, mail_id: int, now: datetime) -> MailMessage:
    """Put a failed mail back into the queue, due now; it stays the same message, and passes the brake.

    A notice is written anew, with a link that works, or found not to be needed.

    Raises:
        Missing: there is no such mail.
        Conflict: it waits or was sent already, or it was written before and its link no longer works.
    """
    mail = session.get(MailMessage, mail_id, with_for_update=True)
    if mail is None:
        raise Missing("Não encontramos este e-mail.")
    if mail.state != MailState.FAILED:
        raise Conflict(f"Este e-mail já não está com falha: {mail.state_label.lower()}.")
    if mail.subject_id is None and _has_dead_link(session, mail, now=now):
        raise Conflict("O link deste e-mail não vale mais. Envie de novo a proposta ou o convite.")
    let_go(session, mail, now=now)
    return mail


def let_go(session: Session, mail: MailMessage, *, now: datetime) -> None:
    """Queue a mail that is locked, past the brake: it counts in this hour and is not looked at again."""
    mail.state, mail.last_error, mail.let_go_at = MailState.QUEUED, "", now
    session.flush()
    queue.enqueue(session, MAIL, subject_id=mail.id, now=now)


def write_message(mail: MailMessage, secrets: Mapping[str, str], *, in_name_of: str = "") -> EmailMessage:
    """A written mail as it goes out, with the secrets that `write_letter` answered put in.

    `in_name_of`: whom its receiver knows, named as the sender, who still is the portal.

    Raises:
        ValueError, MessageError, IndexError: the address is none.
    """
    message = _envelope(mail, in_name_of)
    message["Subject"] = Subject(mail.subject or "")
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_with_secrets(mail.text_body or "", secrets))
    message.add_alternative(_with_secrets(mail.html_body or "", secrets), subtype="html")
    return message


def enclose(message: EmailMessage, paper: Paper) -> None:
    """Have a written mail bring a PDF with it."""
    message.add_attachment(paper.content, maintype="application", subtype="pdf", filename=paper.file_name)


def _envelope(mail: MailMessage, in_name_of: str = "") -> EmailMessage:
    """From whom to whom."""
    if not mail.to_address.isascii():
        raise ValueError("a server that takes such an address may lose the mail on its way")
    message = EmailMessage(policy=SMTP)
    name, sender = parseaddr(post_office().sender)
    known = " ".join(in_name_of.translate(_ADDRESS_SIGNS).split())
    message["From"] = Address(f"{known} via {name}" if known and name else name, addr_spec=sender)
    message["To"] = Address(mail.to_name.translate(_ADDRESS_SIGNS), addr_spec=mail.to_address)
    if mail.reply_to and mail.reply_to.isascii():
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    return message


def _has_dead_link(session: Session, mail: MailMessage, *, now: datetime) -> bool:
    token = session.get(LinkToken, mail.link_token_id) if mail.link_token_id else None
    return token is not None and not still_leads_somewhere(token, now)


def _with_secrets(body: str, secrets: Mapping[str, str]) -> str:
    for sign, secret in secrets.items():
        body = body.replace(sign, secret)
    return body
