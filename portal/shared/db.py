"""The database: one declarative base, the types every table uses, and how connections behave.

SQLite (embedded default) and PostgreSQL run the same models. SQLite locks the whole file when
it writes, so a transaction that will write says so at its start (`BEGIN IMMEDIATE`) instead of
failing half way when it upgrades from reading; see `transactions.py` for who decides.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from typing import Any

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from werkzeug.routing import IntegerConverter, ValidationError

SQLITE_BUSY_TIMEOUT_MS = 10_000
LARGEST_ID = 2**63 - 1

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware in Python, UTC in the database, on both kinds of database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Every table of the portal."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        datetime: UtcDateTime(),
        int: BigInteger().with_variant(Integer, "sqlite"),
        str: String(),
        enum.Enum: Enum(
            enum.Enum, native_enum=False, create_constraint=True, length=40, values_callable=_values
        ),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


def id_column() -> Any:
    """The primary key every table has."""
    return mapped_column(Id, primary_key=True, autoincrement=True)


db = SQLAlchemy()

_writes: ContextVar[bool] = ContextVar("portal_transaction_writes", default=True)


@contextmanager
def read_only() -> Iterator[None]:
    """Transactions begun inside do not take SQLite's write lock."""
    token = _writes.set(False)
    try:
        yield
    finally:
        _writes.reset(token)


def begin_as_reader(reads_only: bool) -> None:
    """Decide for the current request whether its transaction starts without the write lock."""
    _writes.set(not reads_only)


def is_reader() -> bool:
    """Whether the current transaction said that it writes nothing."""
    return not _writes.get()


class IdConverter(IntegerConverter):
    """An id in an address. One too large for the database is no address at all: 404, not a fault."""

    def to_python(self, value: str) -> int:
        number = int(super().to_python(value))
        if number > LARGEST_ID:
            raise ValidationError
        return number


def insert_into(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of this session's database, which can say what to do on a conflict."""
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(model)


def as_key(text: str | None) -> int:
    """An id or version from an address or a hidden field; 0, which no row has, for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > len(str(LARGEST_ID)):
        return 0
    number = int(text)
    return number if number <= LARGEST_ID else 0


def init_app(app: Flask, *, database_url: str) -> None:
    """Bind the app to its database."""
    app.url_map.converters["int"] = IdConverter
    options: dict[str, Any] = {"url": database_url, "hide_parameters": True}  # no personal data in errors
    if not database_url.startswith("sqlite"):
        options |= {"pool_size": 5, "max_overflow": 10, "pool_pre_ping": True}
    app.config["SQLALCHEMY_ENGINES"] = {"default": options}
    db.init_app(app)
    # The extension would close async sessions too, by starting a thread at the end of every request.
    app.teardown_appcontext_funcs = [
        close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)
    ]
    with app.app_context():
        prepare_engine(db.engine)


def prepare_engine(engine: Engine) -> None:
    """Give an engine the behaviour the portal relies on (a no-op on PostgreSQL)."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we begin ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if _writes.get():
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # may find the file locked: SQLAlchemy's error then
    else:
        connection.connection.cursor().execute("BEGIN")  # locks nothing yet; the short way
