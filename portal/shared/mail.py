"""The outbox: a mail is a row, written in the transaction of its cause and sent after it.

A rollback leaves no mail, a commit leaves exactly one per `key`. The row is a notice (`notices.py`): what it
is about, not what it says. `mail_delivery.py` writes and sends it, unless the brake (`mail_brake.py`) holds
it back or nobody needs it any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Insert, Select, String, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.gateways.mail.interface import MailGateway
from portal.shared import queue
from portal.shared.fields import one_line
from portal.shared.mail_brake import MailLimits, why_held
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.notices import notice_kind
from portal.shared.queue import QueuedJob
from portal.shared.queueing import insert_once, insert_rows_once
from portal.shared.tokens import ONE_CLICK
from portal.shared.transactions import worked_for

MAIL = "mail"  # the job that sends one
FORGOTTEN_AFTER = timedelta(hours=2)
_OF_RUN = {"is_urgent": False, "is_of_run": True, "state": MailState.QUEUED, "last_error": ""}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One of many notices of a kind, see `queue_notice`."""

    subject_id: int
    key: str
    to: str
    to_name: str
    facts: Mapping[str, Any]
    partner_id: int
    reply_to: str


def queue_notices(session: Session, *, kind: str, notices: Sequence[Notice], now: datetime) -> int:
    """Queue the mails of a run, many at once and caused by nobody's click; how many were new.

    As `queue_notice` does one, but for the first look of the brake: the second looks at each before it leaves
    anyway. The limit of their partner is not theirs.

    Raises:
        LookupError: there is no such kind.
    """
    domain = _own_domain()
    rows = [
        {
            "kind": notice_kind(kind).name,
            "subject_id": each.subject_id,
            "facts": dict(each.facts),
            "key": each.key,
            "to_address": one_line(each.to),
            "to_name": one_line(each.to_name),
            "reply_to": one_line(each.reply_to),
            "message_id": _new_message_id(domain),
            "partner_id": each.partner_id,
            "created_at": now,
            **_OF_RUN,
        }
        for each in notices
    ]
    ids = insert_rows_once(session, MailMessage, rows, key="key")
    if ids:
        queue.enqueue_all(session, MAIL, subject_ids=ids, now=now)
    return len(ids)


def queue_selected(
    session: Session,
    *,
    kind: str,
    notices: Select[*tuple[Any, ...]],
    values: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """As `queue_notices`, of notices that are a statement: they and their jobs are written by one.

    `notices` has the columns `subject_id`, `key`, `to_address`, `to_name`, `reply_to` and `partner_id`;
    `values` are of its parameters. A caller that keeps it has the whole statement built once.

    Raises:
        LookupError: there is no such kind.
    """
    told = {
        "kind": notice_kind(kind).name,
        "facts": dict(facts or {}),
        "chance": uuid4().hex,
        "domain": _own_domain(),
        "now": now,
        **(values or {}),
    }
    session.flush()
    # By the connection: with values, a session takes each statement for one of many rows.
    session.connection().execute(_queued_with_jobs(notices), told)


@lru_cache(maxsize=16)
def _queued_with_jobs(notices: Select[*tuple[Any, ...]]) -> Insert:
    notice, now = notices.subquery("notice"), bindparam("now", type_=MailMessage.created_at.type)
    chance = notice.c.key.concat(bindparam("chance", type_=String))
    values: dict[str, ColumnElement[Any]] = {
        "kind": bindparam("kind", type_=String),
        "subject_id": notice.c.subject_id,
        "facts": bindparam("facts", type_=MailMessage.facts.type),
        "key": notice.c.key,
        **{name: _one_line(notice.c[name]) for name in ("to_address", "to_name", "reply_to")},
        "message_id": func.concat("<", func.md5(chance), "@", bindparam("domain", type_=String), ">"),
        "partner_id": notice.c.partner_id,
        "created_at": now,
        **{name: literal(value) for name, value in _OF_RUN.items()},
    }
    queued = (
        insert(MailMessage)
        .from_select([*values], select(*values.values()), include_defaults=False)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(MailMessage.id)
        .cte("queued")
    )
    return queue.jobs_for(MAIL, queued.c.id, now=now)


def _one_line(text: ColumnElement[str]) -> ColumnElement[str]:
    """What is stored was cleaned when it was typed; here only what could begin another header goes."""
    return func.translate(text, "\r\n\t", "   ")


def queue_notice(
    session: Session,
    *,
    kind: str,
    subject_id: int,
    key: str,
    to: str,
    to_name: str = "",
    facts: Mapping[str, Any] | None = None,
    now: datetime,
    partner_id: int | None = None,
    reply_to: str | None = None,
    is_urgent: bool = False,
) -> None:
    """Owe somebody a mail about a row; it leaves after this transaction commits, and never if it does not.

    It is written when it leaves, unless its kind (`portal/notices.py`) finds that nobody needs it any more.
    Above a limit it is held instead: the row stands, with the reason, and no job is enqueued.

    `key` names the cause (`approval-requested:version:12`): the second call with a key creates
    nothing. `facts`, as JSON, is what the kind could not find out later. `is_urgent`: the receiver's account
    or signature depends on it, so the brake is milder.

    Raises:
        LookupError: there is no such kind.
    """
    # One line: whatever stands in a name, it cannot begin another header.
    values = {
        "kind": notice_kind(kind).name,
        "subject_id": subject_id,
        "facts": dict(facts or {}),
        "key": key,
        "to_address": one_line(to),
        "to_name": one_line(to_name),
        "reply_to": one_line(reply_to or ""),
        "message_id": _new_message_id(_own_domain()),
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
        queue.enqueue(session, MAIL, subject_id=mail_id, now=now)


def was_just_queued(session: Session, *, kind: str, subject_id: int, now: datetime) -> bool:
    """Whether such a notice is only seconds old: asked for by a second click."""
    recent = select(MailMessage.id).where(
        MailMessage.kind == kind,
        MailMessage.subject_id == subject_id,
        MailMessage.created_at > now - ONE_CLICK,
    )
    return session.scalar(recent.limit(1)) is not None


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


def find_forgotten_mails(session: Session, *, now: datetime) -> Sequence[int]:
    """Mails that nobody sends: due for longer than any wait between two attempts, or without a job (E2)."""
    job = (
        select(QueuedJob.id)
        .where(QueuedJob.kind == MAIL, QueuedJob.subject_id == MailMessage.id, QueuedJob.state == "waiting")
        .where(QueuedJob.next_attempt_at >= now - FORGOTTEN_AFTER)
    )
    forgotten = select(MailMessage.id).where(MailMessage.state == MailState.QUEUED, ~job.exists())
    return session.scalars(forgotten.order_by(MailMessage.id)).all()


def _own_domain() -> str:
    return parseaddr(post_office().sender)[1].rpartition("@")[2] or "localhost"


def _new_message_id(domain: str) -> str:
    return f"<{uuid4().hex}@{domain}>"
