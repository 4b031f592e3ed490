"""The database: one declarative base, the types every table uses, and how connections behave."""

import enum
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from typing import Any

from flask import Flask, current_app, g, has_app_context
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, Enum, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator
from werkzeug.routing import IntegerConverter, ValidationError

from portal.shared import connections

log = logging.getLogger(__name__)

LARGEST_ID = 2**63 - 1

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware in Python, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def _values(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


class Base(DeclarativeBase):
    """Every table of the portal."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        datetime: UtcDateTime(),
        int: BigInteger(),
        str: String(),
        enum.Enum: Enum(
            enum.Enum, native_enum=False, create_constraint=True, length=40, values_callable=_values
        ),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


def enum_column(members: type[enum.Enum], name: str) -> Enum:
    """The type of a column whose CHECK needs a name of its own: its table has two of the same members."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=_values,
    )


def id_column() -> Any:
    """The primary key every table has."""
    return mapped_column(BigInteger, primary_key=True, autoincrement=True)


class RequestSession(Session):
    """A session whose statements commit by themselves where the request said so."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """The engine to use."""
        return autocommitting() if commits_itself() else super().get_bind(*args, **kwargs)


db = SQLAlchemy(session_options={"class_": RequestSession})


def commit_each_statement() -> None:
    """Have no transaction in the present request."""
    g.commits_itself = True


def commits_itself() -> bool:
    """Whether `commit_each_statement` was asked for."""
    return "commits_itself" in g if has_app_context() else False


def autocommitting() -> Engine:
    """The app's engine, without transactions."""
    engine: Engine = current_app.extensions["portal.autocommitting"]
    return engine


class IdConverter(IntegerConverter):
    """An id in an address. One too large for the database is no address at all: 404, not a fault."""

    regex = "[0-9]+"  # the library's takes the figures of every script

    def to_python(self, value: str) -> int:
        try:
            return whole_number(value)
        except ValueError:
            raise ValidationError from None


def whole_number(value: object) -> int:
    """A number as our pages write it: plain figures, no larger than the database keeps.

    Raises:
        ValueError: anything else. `int` would take signs, underscores and the figures of every script.
    """
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_ID)):
        raise ValueError(text)
    number = int(text)
    if number > LARGEST_ID:
        raise ValueError(text)
    return number


def as_key(text: str | None) -> int:
    """An id or version from an address or a hidden field; 0, which no row has, for anything else."""
    try:
        return whole_number(text)
    except ValueError:
        return 0


def init_app(app: Flask, *, database_url: str) -> None:
    """Bind the app to its database."""
    app.url_map.converters["int"] = IdConverter
    options: dict[str, Any] = {
        "url": database_url,
        "hide_parameters": True,  # no personal data in errors
        "pool_size": 5,
        "max_overflow": 10,
        "query_cache_size": 2_000,  # the portal has more than a thousand statements
    }
    app.config["SQLALCHEMY_ENGINES"] = {"default": options}
    db.init_app(app)
    # The extension would close async sessions too, by starting a thread at the end of every request.
    app.teardown_appcontext_funcs = [
        _without_fault(close) for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)
    ]
    with app.app_context():
        connections.watch(db.engine)
        app.extensions["portal.autocommitting"] = db.engine.execution_options(isolation_level="AUTOCOMMIT")


def give_up_transaction() -> None:
    """Roll back what this request did, also over a connection that is gone."""
    try:
        db.session.rollback()
    except DBAPIError as error:
        log.warning("connection lost while rolling back: %s", type(error.orig).__name__)
        db.session.invalidate()


def _without_fault(close: Callable[..., object]) -> Callable[..., None]:
    """The answer is made by then: a connection lost since is no fault of it."""

    def close_quietly(error: BaseException | None) -> None:
        try:
            close(error)
        except DBAPIError as failure:
            log.warning("connection lost at the end of a request: %s", type(failure.orig).__name__)

    return close_quietly
