"""Notices: what somebody is to be told, as a kind and a subject. The words come when it leaves.

`portal/notices.py` is the table of all kinds; the rooms' `notifications` hold their functions. When a notice
leaves, its kind is asked whether it is still needed, and then for the letter. The secret of its link is made
at that moment, unless the link is out already (`mail_writing.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The link a letter leads to: the one that is out and works, else a new one that works until `ends_at`.

    The page of `endpoint` takes the secret as `<token>`. `is_own`: a new one in any case, beside those that
    are out.
    """

    purpose: Purpose
    subject_id: int
    endpoint: str
    ends_at: datetime
    partner_id: int | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a notice says now.

    `template` names a `.txt` (blocks `subject`, `body`) and an `.html` (`body`) under `templates/emails/`.
    With a link they are given `url` and `expires_at` too, and must show the address. `secrets`: what only the
    receiver may read, by what stands for it in the context and in the row; both bodies must show it.
    """

    template: str
    context: Mapping[str, Any]
    link: Link | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A PDF that goes with a notice."""

    file_name: str
    content: bytes


type IsNeeded = Callable[[Session, MailMessage, datetime], bool]
type Write = Callable[[Session, MailMessage, datetime], Letter]
type Enclose = Callable[[Session, MailMessage], Paper]
type InNameOf = Callable[[Session, MailMessage], str]


def always(_session: Session, _notice: MailMessage, _now: datetime) -> bool:
    """For what tells of something that happened: it does not become untrue."""
    return True


def in_own_name(_session: Session, _notice: MailMessage) -> str:
    """For what the portal itself writes."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKind:
    """One kind of notice.

    `is_needed(session, notice, now)`: whether its cause still stands; asked at every attempt to send it.
    `write(session, notice, now)`: what it says, asked only when it is needed.
    `enclose(session, notice)`: the paper that goes with it; None where none does.
    `in_name_of(session, notice)`: whom the receiver knows, named as its sender; "" for the portal itself.
    """

    name: str
    is_needed: IsNeeded
    write: Write
    enclose: Enclose | None = None
    in_name_of: InNameOf = in_own_name


def init_app(app: Flask, *, kinds: Iterable[NoticeKind]) -> None:
    """Give the app its kinds of notices.

    Raises:
        ValueError: two bear one name.
    """
    entries = tuple(kinds)
    by_name = {kind.name: kind for kind in entries}
    if len(by_name) < len(entries):
        raise ValueError("two kinds of notices bear one name")
    app.extensions["portal.notices"] = by_name


def notice_kind(name: str) -> NoticeKind:
    """The kind of this name.

    Raises:
        LookupError: there is none.
    """
    by_name: dict[str, NoticeKind] = current_app.extensions["portal.notices"]
    return by_name[name]
