"""Use cases of the settings room."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.settings.models import Setting
from portal.settings.queries import default_of, list_changed, values
from portal.settings.rules import BY_NAME, Name
from portal.settings.rules.checking import ChangedMeanwhile, check
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
        _set(session, rows[name], value=wanted[name], actor=actor, now=now)
    return touched


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
    audit.record(
        session,
        action="setting_changed",
        summary=f"{definition.label}: de {definition.shown(before)} para {definition.shown(value)}",
        subject=row,
        actor=actor,
        now=now,
        facts={"name": row.name, "before": before, "after": value},
    )
