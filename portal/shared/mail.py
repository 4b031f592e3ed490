"""The outbox: a mail is a row, written in the transaction of its cause and sent after it.

A rollback leaves no mail, a commit leaves exactly one per `key`. `mail_delivery.py` sends them, unless the
brake (`mail_brake.py`) holds them back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.gateways.mail.interface import MailGateway
from portal.shared import errands
from portal.shared.errands import Errand
from portal.shared.fields import one_line
from portal.shared.mail_brake import MailLimits, why_held
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queueing import insert_once
from portal.shared.tokens import LinkToken
from portal.shared.transactions import worked_for

MAIL = "mail"  # the job that sends one
FORGOTTEN_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """How this app sends: the server, the From header, the address its links begin with, how much an hour."""

    gateway: MailGateway
    sender: str
    base_url: str
    limits: MailLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class MailQueue:
    """The outbox in figures, for the health page."""

    queued: int
    held: int
    failed: int
    oldest_queued_at: datetime | None


def init_app(app: Flask, *, gateway: MailGateway, sender: str, base_url: str, limits: MailLimits) -> None:
    """Give the app its post office."""
    app.extensions["portal.mail"] = PostOffice(
        gateway=gateway, sender=sender, base_url=base_url, limits=limits
    )


def post_office() -> PostOffice:
    """The post office of the present app."""
    office: PostOffice = current_app.extensions["portal.mail"]
    return office


def absolute_url(endpoint: str, **values: Any) -> str:
    """The address of a page as people outside open it; for mails, which know no request."""
    base = urlsplit(post_office().base_url)
    adapter = current_app.url_map.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)
    return adapter.build(endpoint, values, force_external=True)


def mail_link(token: LinkToken, endpoint: str, **values: Any) -> str:
    """The address of a page that opens with a link, for the body of a mail.

    The page's rule takes the secret as `<token>`. Until the mail leaves, the token's hash stands in
    its place: the hash is in the database anyway and opens nothing.
    """
    return absolute_url(endpoint, token=token.token_hash, **values)


def queue_mail(
    session: Session,
    *,
    key: str,
    to: str,
    to_name: str = "",
    template: str,
    context: Mapping[str, Any],
    now: datetime,
    partner_id: int | None = None,
    link: LinkToken | None = None,
    reply_to: str | None = None,
    is_urgent: bool = False,
) -> None:
    """Owe somebody a mail; it leaves after this transaction commits, and never if it does not.

    Above a limit it is held instead: the row stands, with the reason, and no job is promised.

    `key` names the cause (`approval-requested:version:12`): the second call with a key creates
    nothing. `template` names a `.txt` (blocks `subject`, `body`) and an `.html` (`body`) under
    `templates/emails/`. `link` is the token whose `mail_link` stands in the context; a mail whose link
    stops working before it leaves fails instead of leading nowhere. `is_urgent`: the receiver's account or
    signature depends on it, so the brake is milder.

    Raises:
        ValueError: `link` is given, but the written mail does not contain it.
    """
    # One line: whatever stands in a name, it cannot begin another header.
    values = _write(template, context, link) | {
        "key": key,
        "template": template,
        "to_address": one_line(to),
        "to_name": one_line(to_name),
        "reply_to": one_line(reply_to or ""),
        "message_id": f"<{uuid4().hex}@{_sender_domain()}>",
        "link_token_id": link.id if link else None,
        "partner_id": partner_id,
        "caused_by_id": worked_for(session),
        "is_urgent": is_urgent,
        "created_at": now,
    }
    limits = post_office().limits
    why = why_held(session, MailMessage(**values), limits=limits, now=now, at_the_door=True)
    if why:
        values |= {"state": MailState.HELD, "last_error": why}
    if insert_once(session, MailMessage, key="key", values=values) and not why:
        mail_id = session.scalars(select(MailMessage.id).filter_by(key=key)).one()
        errands.promise(session, MAIL, subject_id=mail_id, now=now)


def mail_queue(session: Session) -> MailQueue:
    """How much mail waits, since when, how much is held and how much failed. For the vendor's people only."""
    since = func.coalesce(MailMessage.let_go_at, MailMessage.created_at)
    rows = session.execute(
        select(MailMessage.state, func.count(), func.min(since))
        .where(MailMessage.state.in_([MailState.QUEUED, MailState.HELD, MailState.FAILED]))
        .group_by(MailMessage.state)
    )
    by_state = {state: (count, oldest) for state, count, oldest in rows}
    queued, oldest = by_state.get(MailState.QUEUED, (0, None))
    held, _oldest = by_state.get(MailState.HELD, (0, None))
    failed, _oldest = by_state.get(MailState.FAILED, (0, None))
    return MailQueue(queued=queued, held=held, failed=failed, oldest_queued_at=oldest)


def count_forgotten_mails(session: Session, *, now: datetime) -> int:
    """Mails that nobody sends: due for longer than any wait between two attempts, or without a job (E2)."""
    job = (
        select(Errand.id)
        .where(Errand.kind == MAIL, Errand.subject_id == MailMessage.id, Errand.state == "waiting")
        .where(Errand.next_attempt_at >= now - FORGOTTEN_AFTER)
    )
    forgotten = select(func.count(MailMessage.id)).where(MailMessage.state == MailState.QUEUED, ~job.exists())
    return session.scalar(forgotten) or 0


def _write(template: str, context: Mapping[str, Any], link: LinkToken | None) -> dict[str, Any]:
    text, html = _render(f"{template}.txt", context), _render(f"{template}.html", context)
    if link and not (link.token_hash in text and link.token_hash in html):
        raise ValueError(f"the mail {template} does not show its link")
    subject = _render(f"{template}.txt", context, block="subject")
    return {"subject": one_line(subject), "text_body": text.strip() + "\n", "html_body": html}


def _render(name: str, context: Mapping[str, Any], *, block: str | None = None) -> str:
    template = current_app.jinja_env.get_template(f"emails/{name}")
    if block is None:
        return template.render(context)
    return "".join(template.blocks[block](template.new_context(dict(context))))


def _sender_domain() -> str:
    return parseaddr(post_office().sender)[1].rpartition("@")[2] or "localhost"
