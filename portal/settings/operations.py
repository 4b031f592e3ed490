"""Use cases of the settings room."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.settings.models import Setting
from portal.settings.queries import default_of, list_changed, values
from portal.settings.rules import BY_NAME
from portal.settings.rules.checking import (
    AnotherAdminMustAgree,
    ChangedMeanwhile,
    NothingPending,
    check,
    needs_another,
)
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.filters import time_br
from portal.shared.queueing import insert_once


def change_settings(
    session: Session, *, wanted: Mapping[Name, int], seen: Mapping[Name, int], actor: Actor, now: datetime
) -> list[Name]:
    """Give settings new values; those that differ from what the person had `seen` are changed and returned.

    Raises:
        OutOfBounds, EscalationBeforeReminder, RetriesOutOfOrder: the values may not hold.
        ChangedMeanwhile: somebody else changed one of them since the person opened the page.
    """
    touched = [name for name, value in wanted.items() if value != seen[name]]
    for name in touched:
        _make_row(session, name, actor=actor, now=now)
    rows = list_changed(session, for_update=True)
    for name in touched:
        row = rows[name]
        if row.value != seen[name]:
            raise ChangedMeanwhile(
                BY_NAME[name], who=row.changed_by_name, at=time_br(row.changed_at), value=row.value
            )
    check(values(session) | {name: wanted[name] for name in touched})
    for name in touched:
        if needs_another(name, before=seen[name], after=wanted[name]):
            _ask(session, rows[name], value=wanted[name], actor=actor, now=now)
        else:
            _set(session, rows[name], value=wanted[name], actor=actor, now=now)
    return touched


def agree_to_change(session: Session, *, name: Name, actor: Actor, now: datetime) -> None:
    """Another admin agrees with a pending change.

    Raises:
        NothingPending: it was agreed to or withdrawn.
        AnotherAdminMustAgree: by who asked for it.
    """
    row = _lock_pending(session, name)
    if row.pending_by_id == actor.user_id:
        raise AnotherAdminMustAgree
    value = row.pending_value
    assert value is not None  # noqa: S101 - that is what pending means
    check(values(session) | {name: value})
    _set(session, row, value=value, actor=actor, now=now)


def withdraw_change(session: Session, *, name: Name, actor: Actor, now: datetime) -> None:
    """A pending change does not come.

    Raises:
        NothingPending: it was agreed to or withdrawn.
    """
    row = _lock_pending(session, name)
    summary = f"{BY_NAME[name].label}: mudança para {BY_NAME[name].shown(row.pending_value or 0)} desfeita"
    _forget_pending(row)
    _log(session, row, "setting_withdrawn", summary, actor=actor, now=now)


def _lock_pending(session: Session, name: Name) -> Setting:
    row = list_changed(session, for_update=True).get(name)
    if row is None or row.pending_value is None:
        raise NothingPending
    return row


def _ask(session: Session, row: Setting, *, value: int, actor: Actor, now: datetime) -> None:
    definition = BY_NAME[Name(row.name)]
    row.pending_value, row.pending_at = value, now
    row.pending_by_id, row.pending_by_name = actor.user_id, actor.name
    summary = f"{definition.label}: pedido de mudança para {definition.shown(value)}"
    _log(session, row, "setting_asked", summary, actor=actor, now=now)


def _forget_pending(row: Setting) -> None:
    row.pending_value = row.pending_at = row.pending_by_id = None
    row.pending_by_name = ""


def _log(
    session: Session,
    row: Setting,
    action: str,
    summary: str,
    *,
    actor: Actor,
    now: datetime,
    **facts: int | str,
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=row,
        actor=actor,
        now=now,
        facts={"name": row.name, **facts},
    )


def _make_row(session: Session, name: Name, *, actor: Actor, now: datetime) -> None:
    """A row to lock, also for the first change, so that of two people changing it at once one waits."""
    first = {
        "name": name.value,
        "value": default_of(name),
        "changed_at": now,
        "changed_by_id": actor.user_id,
        "changed_by_name": actor.name,
    }
    insert_once(session, Setting, key="name", values=first)


def _set(session: Session, row: Setting, *, value: int, actor: Actor, now: datetime) -> None:
    definition, before = BY_NAME[Name(row.name)], row.value
    row.value, row.changed_at = value, now
    row.changed_by_id, row.changed_by_name = actor.user_id, actor.name
    _forget_pending(row)
    summary = f"{definition.label}: de {definition.shown(before)} para {definition.shown(value)}"
    _log(session, row, "setting_changed", summary, actor=actor, now=now, before=before, after=value)
