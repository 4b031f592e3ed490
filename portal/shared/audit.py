"""The append-only log: every change of state, with who, when and why.

Entries form chains: each carries the hash of the one before it in the same stream (a customer's,
a partner's, or the house's), so that a removed or altered entry shows. Triggers made by the
migrations refuse UPDATE and DELETE. `LogHead` is the end of each chain and its lock.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.shared.arrays import TEXTS
from portal.shared.auth import Actor
from portal.shared.db import Base, id_column
from portal.shared.queueing import insert_once

GENESIS = "0" * 64
SYSTEM_LABEL = "Sistema"
LOCKED_AT_ONCE = 1_000


class LogHead(Base):
    """The last entry of a stream; its row is the lock under which the stream grows."""

    __tablename__ = "log_heads"

    stream: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    hash: Mapped[str]


class LogEntry(Base):
    """One movimentação."""

    __tablename__ = "log_entries"
    __table_args__ = (
        UniqueConstraint("stream", "position"),
        Index("ix_log_entries_subject", "subject_type", "subject_id"),
        Index("ix_log_entries_partner_id_at", "partner_id", "at"),
    )

    id: Mapped[int] = id_column()
    stream: Mapped[str]
    position: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str]
    summary: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_label: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str]
    hash: Mapped[str]

    def digest(self) -> str:
        """The hash this entry must have, from its content and the entry before it."""
        content = {
            "stream": self.stream,
            "position": self.position,
            "at": self.at.astimezone(UTC).isoformat(),
            "action": self.action,
            "summary": self.summary,
            "reason": self.reason,
            "subject": [self.subject_type, self.subject_id],
            "partner_id": self.partner_id,
            "customer_id": self.customer_id,
            "actor": [self.actor_id, self.actor_label],
            "facts": self.facts,
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(f"{self.previous_hash}\n{text}".encode()).hexdigest()


def record(
    session: Session,
    *,
    action: str,
    summary: str,
    subject: Base,
    actor: Actor | None,
    now: datetime,
    owner: Base | None = None,
    reason: str = "",
    actor_label: str = "",
    facts: Mapping[str, Any] | None = None,
) -> LogEntry:
    """Append what happened to `subject` (a flushed row) to the stream of whom it belongs to.

    Its own `partner_id` and `customer_id` say so, or those of `owner`, a row that knows when it does not; a
    row that has neither belongs to the house. `action` is a stable English code (`quote_sent`), `summary`
    the Portuguese sentence people read. `actor` is None for the system and for customers, whom
    `actor_label` names.
    """
    session.flush()
    whose = {name: getattr(owner or subject, name, None) for name in ("partner_id", "customer_id")}
    head = _lock_head(session, stream_of(**whose))
    entry = _next_entry(
        head,
        at=now,
        action=action,
        summary=summary,
        reason=reason,
        subject_type=type(subject).__tablename__,
        subject_id=subject.id,  # type: ignore[attr-defined]
        **whose,
        actor_id=actor.user_id if actor else None,
        actor_label=actor.name if actor else actor_label or SYSTEM_LABEL,
        facts=dict(facts or {}),
    )
    session.add(entry)
    session.flush()
    return entry


def lock_stream(session: Session, *, customer_id: int) -> None:
    """Take the lock of a customer's stream before any other row of that customer is taken.

    Whatever changes a customer's contracts, signatures or money ends in this stream. Who takes it first, and
    only then the rows, never waits for somebody who waits in turn (docs/decisions/0009-locks.md).
    """
    session.flush()
    _lock_head(session, stream_of(customer_id=customer_id))


def lock_streams(session: Session, customer_ids: Iterable[int]) -> None:
    """As `lock_stream`, for work on many customers at once and on the house's own stream, in one order."""
    lock_customers(session, customer_ids)
    _lock_head(session, stream_of())


def lock_customers(session: Session, customer_ids: Iterable[int]) -> None:
    """As `lock_streams`, for work that ends in nobody's stream but the customers'."""
    session.flush()
    wanted = [stream_of(customer_id=customer_id) for customer_id in sorted(set(customer_ids))]
    for some in batched(wanted, LOCKED_AT_ONCE):
        names = func.unnest(literal(list(some), TEXTS))
        told = names.table_valued("stream", with_ordinality="place").render_derived()
        heads = select(LogHead.stream).join(told, told.c.stream == LogHead.stream).order_by(told.c.place)
        there = set(session.scalars(heads.with_for_update(of=LogHead)))
        for stream in some:
            if stream not in there:
                _lock_head(session, stream)


def record_new_customers(
    session: Session,
    customers: Sequence[Any],
    *,
    action: str,
    summary: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Begin the streams of many flushed customers at once: nobody else can hold them yet."""
    for customer in customers:
        head = LogHead(stream=stream_of(customer_id=customer.id), position=0, hash=GENESIS)
        entry = _next_entry(
            head,
            at=now,
            action=action,
            summary=summary,
            reason="",
            subject_type=customer.__tablename__,
            subject_id=customer.id,
            partner_id=customer.partner_id,
            customer_id=customer.id,
            actor_id=actor.user_id,
            actor_label=actor.name,
            facts={},
        )
        session.add_all((head, entry))
    session.flush()


def _next_entry(head: LogHead, **content: Any) -> LogEntry:
    """An entry chained to the end of its stream, which it becomes."""
    entry = LogEntry(stream=head.stream, position=head.position + 1, previous_hash=head.hash, **content)
    entry.hash = entry.digest()
    head.position, head.hash = entry.position, entry.hash
    return entry


def first_broken_position(session: Session, stream: str) -> int | None:
    """The first position of a stream whose chain does not hold, or None (invariant L1)."""
    previous, position = GENESIS, 0
    for entry in session.scalars(
        select(LogEntry).where(LogEntry.stream == stream).order_by(LogEntry.position)
    ):
        position += 1
        if entry.position != position or entry.previous_hash != previous or entry.digest() != entry.hash:
            return position
        previous = entry.hash
    head = session.get(LogHead, stream)
    return position + 1 if head and head.position != position else None


def list_latest(session: Session, stream: str, *, count: int) -> Sequence[LogEntry]:
    """The newest entries of a stream, the newest first."""
    return session.scalars(
        select(LogEntry).where(LogEntry.stream == stream).order_by(LogEntry.position.desc()).limit(count)
    ).all()


def stream_of(*, partner_id: int | None = None, customer_id: int | None = None) -> str:
    """The chain an entry belongs to: the customer's, else the partner's, else the house's."""
    if customer_id is not None:
        return f"customer:{customer_id}"
    return f"partner:{partner_id}" if partner_id is not None else "house"


def _lock_head(session: Session, stream: str) -> LogHead:
    head = session.get(LogHead, stream, with_for_update=True)
    if head is None:
        first = {"stream": stream, "position": 0, "hash": GENESIS}
        insert_once(session, LogHead, key="stream", values=first)  # of two who begin it, one waits
        head = session.get_one(LogHead, stream, with_for_update=True)
    return head
