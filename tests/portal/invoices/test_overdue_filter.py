"""The list of invoices calls the same ones overdue by its filter and in its rows."""

from datetime import date

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.invoices.queries.due_dates import last_overdue
from portal.settings.models import Setting
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.invoices import make_invoice
from tests.factories.quotes import NOON
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf


@pytest.mark.parametrize(
    ("day", "is_overdue"), [(16, False), (17, False), (18, True)], ids=["sunday", "monday", "tuesday"]
)
def test_due_on_a_saturday_is_overdue_where_its_row_says_so(
    transaction: Transaction, client_of: ClientOf, day: int, is_overdue: bool
) -> None:
    with transaction() as session:
        invoice = make_invoice(session, now=at_sao_paulo(date(2026, 8, 10), 12))
        assert invoice.due_on == date(2026, 8, 15)  # a Saturday
        invoice_id, finance_id = invoice.id, make_user(session, role=Role.FINANCE).id
    with time_machine.travel(at_sao_paulo(date(2026, 8, day), 9), tick=False):
        finance = client_of(finance_id)
        everything, filtered = (finance.get(f"/faturas{query}").text for query in ("", "?estado=overdue"))
    assert ('<span class="row-note loss">vencida' in everything) is is_overdue
    assert (f'href="/faturas/{invoice_id}"' in filtered) is is_overdue


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 8, 16), date(2026, 8, 14)),  # a Sunday, and the Friday before
        (date(2026, 8, 17), date(2026, 8, 14)),
        (date(2026, 8, 18), date(2026, 8, 17)),
        (date(2027, 1, 4), date(2026, 12, 30)),  # what is due on 31/12 is paid that Monday
        (date(2027, 1, 5), date(2027, 1, 4)),
    ],
)
def test_ends_with_the_last_day_that_is_past(session: Session, today: date, last: date) -> None:
    assert last_overdue(session, today) == last


def test_counts_the_last_of_the_year_as_the_setting_says(session: Session) -> None:
    named = Setting(name="banks_work_on_last_day", value=1, changed_at=NOON, changed_by_name="Elisa")
    session.add(named)
    session.flush()
    assert last_overdue(session, date(2027, 1, 4)) == date(2026, 12, 31)
