"""Sending the outbox: one job a mail, in the lane `mail`.

The queue claims, leases, waits between attempts and gives up after a day (`errands/running.py`). Only a
process killed between the server's 250 and the mark leaves a mail that is sent again, with the same
Message-ID (invariant E3). Before a mail leaves for the first time, the brake looks at it once more
(`mail_brake.py`): its word here is exact, whatever was queued at the same moment.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.gateways.mail.interface import MailDeferred, MailRefused
from portal.shared import errands
from portal.shared.errands import Errand, ErrandKind, Lane, TryLater
from portal.shared.mail import MAIL, post_office
from portal.shared.mail_brake import take_turn, why_held
from portal.shared.mail_headers import SMTP, Subject
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.refusals import Conflict, Missing
from portal.shared.tokens import LinkToken, is_open

log = logging.getLogger(__name__)

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30))
DEAD_LINK = "O link deste e-mail expirou ou foi substituído antes do envio."
GAVE_UP = "O servidor de e-mail não aceitou a mensagem durante um dia."
REFUSED = "O servidor de e-mail recusou a mensagem ou o destinatário."
UNWRITABLE = "O endereço não pode receber e-mail."

# A long quoted name loses its quotes where the header is folded: what is a sign there must not stand in it.
_ADDRESS_SIGNS = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A written mail on its way out."""

    name: str
    message: EmailMessage


def _write(session: Session, mail_id: int, *, now: datetime) -> _Outgoing | None:
    """The mail as it goes out; None when it need not, may not or cannot, which its row then says."""
    take_turn(session)
    mail = session.get_one(MailMessage, mail_id)
    if mail.state != MailState.QUEUED:
        return None
    token = session.get(LinkToken, mail.link_token_id) if mail.link_token_id else None
    if token is not None and not _still_leads_somewhere(token, now):
        mail.state, mail.last_error = MailState.FAILED, DEAD_LINK
        return None
    try:
        outgoing = _Outgoing(f"{mail.id} ({mail.template})", write_message(mail, token))
    except (MessageError, ValueError, IndexError):
        mail.state, mail.last_error = MailState.FAILED, UNWRITABLE
        return None
    if mail.let_go_at is None:
        if why := why_held(session, mail, limits=post_office().limits, now=now):
            mail.state, mail.last_error = MailState.HELD, why
            return None
        mail.let_go_at = now
    return outgoing


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
    why = session.scalar(select(Errand.last_error).filter_by(kind=MAIL, subject_id=mail_id))
    mail = session.get_one(MailMessage, mail_id)
    mail.state, mail.last_error = MailState.FAILED, f"{GAVE_UP} ({why})"


send_mail = ErrandKind(
    name=MAIL,
    title="Envio de e-mail",
    lane=Lane.MAIL,
    prepare=_write,
    do=_send,
    settle=_mark,
    give_up=_give_up,
    waits=WAITS,
)


def send_again(session: Session, *, mail_id: int, now: datetime) -> MailMessage:
    """Put a failed mail back into the queue, due now; it stays the same message, and passes the brake.

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
    if token is not None and not _still_leads_somewhere(token, now):
        raise Conflict("O link deste e-mail não vale mais. Envie de novo a proposta ou o convite.")
    let_go(session, mail, now=now)
    return mail


def let_go(session: Session, mail: MailMessage, *, now: datetime) -> None:
    """Queue a mail that is locked, past the brake: it counts in this hour and is not looked at again."""
    mail.state, mail.last_error, mail.let_go_at = MailState.QUEUED, "", now
    session.flush()
    errands.promise(session, MAIL, subject_id=mail.id, now=now)


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


def _still_leads_somewhere(token: LinkToken, now: datetime) -> bool:
    return is_open(token, now) and token.can_be_told


def _with_secret(body: str, token: LinkToken | None) -> str:
    return body.replace(token.token_hash, token.secret()) if token else body
