"""Reads of the settings room."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from portal.settings.models import Setting
from portal.settings.rules import BY_NAME, DEFINITIONS
from portal.settings.rules.late_terms import LateTerms
from portal.settings.rules.names import Name
from portal.shared.environment import environment
from portal.shared.mail_brake import MailLimits


def value(session: Session, name: Name) -> int:
    """The number in force: what an admin chose, else the default."""
    chosen = session.scalar(select(Setting.value).where(Setting.name == name.value))
    return default_of(name) if chosen is None else chosen


def default_of(name: Name) -> int:
    """The number until somebody changes it, in this environment."""
    definition = BY_NAME[name]
    is_production = environment().environment == "production"
    in_production = definition.default_in_production
    return definition.default if in_production is None or not is_production else in_production


def value_in_sql(name: Name) -> ColumnElement[int]:
    """The number in force, as a part of a larger statement; of a setting with one default everywhere."""
    chosen = select(Setting.value).where(Setting.name == name.value).scalar_subquery()
    return func.coalesce(chosen, BY_NAME[name].default)


def late_terms(session: Session) -> LateTerms:
    """What lateness costs and a payment pays first, as it holds for what is made now; in one statement."""
    names = (Name.LATE_FEE_BASIS_POINTS, Name.LATE_INTEREST_BASIS_POINTS, Name.CHARGES_FIRST)
    numbers: Any = session.execute(select(*map(value_in_sql, names))).one()
    fee, interest, first = numbers
    return LateTerms(fee, interest, charges_first=bool(first))


def mail_limits() -> MailLimits:
    """How many mails an hour the brake lets pass."""
    return MailLimits(
        per_receiver=value_in_sql(Name.MAILS_PER_RECEIVER),
        per_sender=value_in_sql(Name.MAILS_PER_SENDER),
        per_partner=value_in_sql(Name.MAILS_PER_PARTNER),
    )


def chosen_in_sql(name: ColumnElement[str]) -> ScalarSelect[int]:
    """The number somebody chose for the setting of this name, NULL for none."""
    return select(Setting.value).where(Setting.name == name).scalar_subquery()


def values(session: Session) -> dict[Name, int]:
    """Every number in force, in one statement."""
    chosen = list_changed(session)
    return {
        definition.name: chosen[definition.name].value
        if definition.name in chosen
        else default_of(definition.name)
        for definition in DEFINITIONS
    }


def list_changed(session: Session, *, for_update: bool = False) -> Mapping[Name, Setting]:
    """The settings that somebody changed at some time."""
    statement = select(Setting).where(Setting.name.in_([name.value for name in Name]))
    if for_update:
        statement = statement.with_for_update()
    return {Name(setting.name): setting for setting in session.scalars(statement)}
