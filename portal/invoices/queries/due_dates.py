"""Until when an invoice can be paid without charges, by the settings of the house."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from sqlalchemy.orm import Session

from portal.invoices.rules import states
from portal.settings.queries import value
from portal.settings.rules.names import Name


def payable_until(session: Session, due_on: date) -> date:
    """The last day to pay without charges. The setting is read only where a 31/12 stands in the way."""
    return payable_days(session)(due_on)


def last_overdue(session: Session, today: date) -> date:
    """The latest due date that is past its last day without charges: with all before it, what is overdue.

    As due dates move on in their order, one day is enough to ask the database by.
    """
    until = payable_days(session)
    due_on = today - timedelta(days=1)
    while until(due_on) >= today:
        due_on -= timedelta(days=1)
    return due_on


def payable_days(session: Session) -> Callable[[date], date]:
    """`payable_until` for many due dates: at most one statement for all of them."""
    works: list[bool] = []

    @cache
    def until(due_on: date) -> date:
        closed = states.payable_until(due_on)
        if closed == states.payable_until(due_on, banks_work_on_last_day=True):
            return closed
        if not works:
            works.append(value(session, Name.BANKS_WORK_ON_LAST_DAY) == 1)
        return states.payable_until(due_on, banks_work_on_last_day=works[0])

    return until
