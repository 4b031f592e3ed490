"""A night's hundreds and one at a time leave the same rows."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.overdue.models import OverdueChunk, OverdueNight
from portal.overdue.operations.nights import do_chunk, plan_night, tell_chunk
from portal.overdue.operations.recomputing import recompute, tell
from portal.overdue.queries.facts import to_look_at
from portal.shared.clock import at_sao_paulo, day_of
from tests.factories.overdue import MENTORING, active, night
from tests.factories.quotes import make_house
from tests.factories.subscriptions import copy_subscriptions
from tests.support.application import Transaction
from tests.support.made_rows import made_by
from tests.support.unguarded import unguarded

NOTICED, SUSPENDED = at_sao_paulo(date(2026, 7, 19), 1), at_sao_paulo(date(2026, 8, 1), 1)
RELEASED = at_sao_paulo(date(2026, 8, 2), 1)
MADE = {
    "notices": "SELECT * FROM overdue_notices ORDER BY invoice_id",
    "suspensions": "SELECT suspensions.*, invoice_id FROM suspensions"
    " JOIN overdue_notices ON overdue_notices.id = notice_id ORDER BY invoice_id, suspended_at",
    "subscriptions": "SELECT * FROM subscriptions ORDER BY contract_id",
    "contracts": "SELECT id AS contract, state, changed_at FROM contracts ORDER BY id",
    "mails": "SELECT kind, to_address, created_at, split_part(key, ':', 1) AS cause, count(*)"
    " FROM mail_messages WHERE kind IN ('overdue_notice', 'service_suspended')"
    " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
}
GIVEN_OUT = {"id", "notice_id"}

# Copies have no quote, envelope or file of their own; a row changed twice in a transaction is asked for them.
WITHOUT_PARENTS = """
DO $$ DECLARE key text; BEGIN
    FOR key IN SELECT conname FROM pg_constraint WHERE conrelid = 'contracts'::regclass AND contype = 'f' LOOP
        EXECUTE format('ALTER TABLE contracts DROP CONSTRAINT %I', key);
    END LOOP;
END $$
"""

PAID = """UPDATE invoices SET state = 'paid', paid_cents = amount_cents, paid_at = now()
WHERE installment_number = 2 AND contract_id % 7 = 0"""
CANCELED = """UPDATE invoices SET state = 'void', voided_at = now(), void_reason = 'x'
WHERE installment_number = 2 AND contract_id % 7 = 1"""

type Way = Callable[[Session, datetime], None]


def at_once(session: Session, now: datetime) -> None:
    plan_night(session, day=day_of(now), now=now)
    for chunk_id in session.scalars(select(OverdueChunk.id).where(OverdueChunk.done_at.is_(None))).all():
        do_chunk(session, chunk_id, now=now)
        tell_chunk(session, chunk_id, now=now)


def one_by_one(session: Session, now: datetime) -> None:
    for subscription_id in session.scalars(to_look_at(day_of(now))).all():
        recompute(session, [subscription_id], now=now)
        tell(session, [subscription_id], at=now, now=now)


def live(session: Session, way: Way) -> None:
    """Notice, suspension and release; of every seven suspended one is paid and one is canceled unseen."""
    session.execute(text(WITHOUT_PARENTS))
    for now in (NOTICED, SUSPENDED):
        way(session, now)
    unguarded(session, PAID, CANCELED)
    way(session, RELEASED)


@pytest.fixture
def many(transaction: Transaction, count: int) -> None:
    """Invoiced for 15/07 each; committed, since a copy has no quote of its own to be checked against."""
    with transaction() as session:
        house = make_house(session)
        copy_subscriptions(session, active(session, house).id, count=count - 3)
        active(session, house, **MENTORING)
        active(session, house)
        night(session, date(2026, 7, 5))


class TestManySubscriptions:
    @pytest.mark.usefixtures("many")
    @pytest.mark.parametrize("count", [35, pytest.param(1_000, marks=pytest.mark.deep)])
    def test_come_to_the_same_rows_at_once_and_one_by_one(self, transaction: Transaction, count: int) -> None:
        with transaction() as session:
            by_sets, singly = (
                made_by(session, partial(live, way=way), MADE, but=GIVEN_OUT) for way in (at_once, one_by_one)
            )
        assert len(singly["notices"]) == count == len(singly["suspensions"])
        assert sum(row["release_reason"] is not None for row in singly["suspensions"]) > count // 4
        for name in MADE:
            assert by_sets[name] == singly[name], name

    @pytest.mark.deep
    def test_are_looked_at_a_thousand_in_a_transaction(self, session: Session) -> None:
        copy_subscriptions(session, active(session).id, count=1_000)
        night(session, date(2026, 7, 5))
        (chunk, rest) = night(session, date(2026, 7, 16))
        assert (len(chunk.subscription_ids), len(rest.subscription_ids)) == (1_000, 1)
        assert (chunk.changed, chunk.noticed, chunk.suspended, chunk.released) == (1_000, 0, 0, 0)
        assert session.scalars(select(OverdueNight.day)).all() == [date(2026, 7, 5), date(2026, 7, 16)]

    def test_of_whom_nothing_is_new_leave_nothing(self, session: Session) -> None:
        copy_subscriptions(session, active(session).id, count=20)
        night(session, date(2026, 7, 5))
        night(session, date(2026, 7, 20))
        (again,) = night(session, date(2026, 7, 21))
        assert (again.changed, again.noticed, again.suspended, again.released) == (0, 0, 0, 0)
