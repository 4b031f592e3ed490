"""The same form sent twice at once, from every button that writes: done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from sqlalchemy import Select, String, func, literal_column, select, union_all

from portal.shared.db import Base, db
from tests.access.asking import Caller
from tests.access.rows import ANYBODY, NOBODY, Row
from tests.access.table import TABLE
from tests.access.writes import WRITES
from tests.factories.town import SUL
from tests.support.town import TownHall

# What sending twice may leave twice, and why.
TWICE = {
    "users.change_password": {"throttles"},  # the second no longer knows the password: an attempt
    "users.sign_in_now": {"access_events"},  # each browser comes in
    "users.confirm_now": {"access_events"},  # who proves it twice is asked and recorded twice
    "users.confirm_challenge": {"auth_challenges"},  # one a page, each for one answer
    "users.passkey_challenge": {"auth_challenges"},
    "users.request_password_reset": {"queued_jobs", "password_reset_requests"},  # answered with one mail
    "subscribers.request_link": {"queued_jobs", "subscriber_sign_ins"},  # each link works once
    "subscribers.view_as": {"log_entries"},  # looked at twice
    "dunning.save_policy": {"dunning_policies", "dunning_steps", "log_entries"},  # the same steps, twice
    "overdue.key_new": {"access_keys", "log_entries"},  # shown once: the page that is seen has its own
    "dashboard.run_job": {"log_entries"},  # asked for twice, it is due once
    "invoices.send": {"log_entries"},  # asked for twice, it is mailed once
    "dunning.send_by_mail": {"log_entries"},  # the same
    "checkout.send_receipt": {"log_entries"},
    "quotes.send_by_whatsapp": {"log_entries"},  # prepared twice, it is one link
    "contracts.send_by_whatsapp": {"log_entries"},
    "invoices.send_by_whatsapp": {"log_entries"},
    "checkout.receipt_by_whatsapp": {"log_entries"},
    "contracts.replace_signatory": {"log_entries"},  # on a clock that stands still it was printed already
    "sandbox_bank.sandbox_act": {
        "bank_notices",
        "queued_jobs",
    },  # the tester's bank says it twice; it pays once
}


def sender_of(row: Row) -> str:
    return NOBODY if row.who == ANYBODY else min(row.who - {"other_manager", "admin"} or row.who)


@cache
def counting() -> str:
    """A statement that counts the rows of each table, which are known once the app is made."""
    each: list[Select[str, int]] = [
        select(literal_column(f"'{table.name}'", String), func.count()).select_from(table)
        for table in Base.metadata.tables.values()
    ]
    return str(union_all(*each))


def counts(hall: TownHall) -> dict[str, int]:
    """How many rows each table has."""
    with hall.app.app_context(), db.engine.connect() as connection:
        return dict(connection.exec_driver_sql(counting()).all())


def send(hall: TownHall, endpoint: str, times: int) -> list[int]:
    """Send the row's form so many times at the same moment, from browsers that share the session."""
    callers = [Caller(hall, sender_of(TABLE[endpoint])) for _ in range(times)]
    gate = threading.Barrier(times)

    def press(caller: Caller) -> int:
        gate.wait()
        return caller.ask(endpoint, SUL).status_code

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(press, callers))


@pytest.mark.parametrize("endpoint", WRITES)
class TestTwoClicks:
    def test_do_once_what_one_does(self, hall: TownHall, endpoint: str) -> None:
        (status,) = send(hall, endpoint, 1)
        once = counts(hall)
        hall.restore()
        statuses = send(hall, endpoint, 2)
        twice = counts(hall)
        assert status in statuses
        assert all(each < 500 for each in statuses)
        differing = {name for name in once if once[name] != twice[name]}
        assert differing <= TWICE.get(endpoint, set())
