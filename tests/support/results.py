"""What a factory gives, as it can be had again in another session once the rows are there."""

import enum
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.shared.db import Base

THE_SESSION = object()  # stands for the one in which a result is had again
PLAIN = (str, int, bytes, date, datetime, Decimal, enum.Enum, type(None))


class NotPlain(TypeError):
    """A value that cannot be compared with that of another call."""


@dataclass(frozen=True, slots=True)
class RowOf:
    """Stands for a row."""

    table: type[Base]
    id: int


def _row_of(row: Base) -> RowOf:
    state = inspect(row)
    if state.identity is None or len(state.identity) > 1:
        raise NotPlain(row)
    return RowOf(type(row), state.identity[0])


def key_of(value: object) -> Hashable | None:
    """A value that is equal for equal arguments of a factory; None when there is none."""
    try:
        return _key_of(value)
    except NotPlain:
        return None


def _key_of(value: object) -> Hashable:
    if isinstance(value, Base):
        return _row_of(value)
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value), *(_key_of(getattr(value, field.name)) for field in fields(value)))
    if isinstance(value, Mapping):
        return tuple((name, _key_of(value[name])) for name in sorted(value))
    if isinstance(value, (tuple, list)):
        return (type(value), *map(_key_of, value))
    if isinstance(value, PLAIN):
        return type(value), value
    raise NotPlain(value)


class Result:
    """What was given: values as they are, rows by their ids with all that hung on them."""

    def __init__(self, value: object) -> None:
        self._hanging: dict[RowOf, dict[str, Any]] = {}
        self._value = self._taken(value)

    @classmethod
    def of(cls, value: object) -> "Result | None":
        """None when there is something in it that cannot be had again."""
        try:
            return cls(value)
        except NotPlain:
            return None

    def read(self, session: Session) -> object:
        """The same, with rows of this session."""
        wanted = defaultdict(list)
        for row in self._hanging:
            wanted[row.table].append(row.id)
        found: dict[RowOf, Base] = {}
        for table, ids in wanted.items():
            key = inspect(table).primary_key[0]
            for each in session.scalars(select(table).where(key.in_(ids))):
                found[_row_of(each)] = each
        for stands_for, hanging in self._hanging.items():
            for name, value in hanging.items():
                set_committed_value(found[stands_for], name, _given(value, found, session))
        return _given(self._value, found, session)

    def _taken(self, value: object) -> Any:
        if isinstance(value, Base):
            stands_for = _row_of(value)
            if stands_for not in self._hanging:
                hanging = self._hanging[stands_for] = {}
                for name in inspect(type(value)).relationships.keys() & value.__dict__.keys():
                    hanging[name] = self._taken(value.__dict__[name])
            return stands_for
        if is_dataclass(value) and not isinstance(value, type):
            return _Record(
                type(value), {field.name: self._taken(getattr(value, field.name)) for field in fields(value)}
            )
        if isinstance(value, (tuple, list)):
            return [type(value), *map(self._taken, value)]
        if isinstance(value, Session):
            return THE_SESSION
        if isinstance(value, PLAIN):
            return value
        raise NotPlain(value)


@dataclass(frozen=True, slots=True)
class _Record:
    type: type[Any]
    values: dict[str, Any]


def _given(value: Any, found: Mapping[RowOf, Base], session: Session) -> Any:
    if value is THE_SESSION:
        return session
    if isinstance(value, RowOf):
        return found[value]
    if isinstance(value, _Record):
        return value.type(**{name: _given(each, found, session) for name, each in value.values.items()})
    if isinstance(value, list):
        made = [_given(each, found, session) for each in value[1:]]
        return value[0](*made) if hasattr(value[0], "_fields") else value[0](made)
    return value


def of_another_session(session: Session, tables: set[str]) -> None:
    """Rows this session read before are as they stand in these tables now."""
    for row in list(session.identity_map.values()):
        mapper = inspect(type(row))
        if mapper.local_table.name in tables:
            session.expire(row, [column.key for column in mapper.column_attrs])
