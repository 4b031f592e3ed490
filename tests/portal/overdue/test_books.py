"""The nightly check finds a suspension that is not what the contract says."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.overdue.queries.books import (
    find_broken_suspensions,
    find_early_suspensions,
    find_suspended_for_nothing,
)
from tests.factories.overdue import active, nights

FIFTH_OF_JULY = date(2026, 7, 5)


def spoil(session: Session, statement: str) -> None:
    """Change rows past their guards."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statement))
    session.execute(text("SET LOCAL session_replication_role = origin"))


class TestTheBooks:
    @pytest.mark.deep
    def test_are_right_after_a_suspension(self, session: Session) -> None:
        active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 1))
        assert find_broken_suspensions(session) == []
        assert find_early_suspensions(session) == [] == find_suspended_for_nothing(session)

    def test_name_a_contract_that_is_suspended_by_nothing(self, session: Session) -> None:
        contract = active(session)
        spoil(session, "UPDATE contracts SET state = 'suspended'")
        assert find_broken_suspensions(session) == [contract.id]

    @pytest.mark.deep
    def test_name_one_that_is_active_while_suspended(self, session: Session) -> None:
        contract = active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 1))
        spoil(session, "UPDATE contracts SET state = 'active'")
        assert find_broken_suspensions(session) == [contract.id]

    @pytest.mark.deep
    def test_name_a_suspension_that_came_too_early_or_for_nothing(self, session: Session) -> None:
        active(session)
        nights(session, FIFTH_OF_JULY, date(2026, 8, 1))
        spoil(session, "UPDATE overdue_notices SET suspends_on = '2026-08-02'")
        spoil(
            session,
            "UPDATE invoices SET state = 'paid', paid_cents = amount_cents, paid_at = now()"
            " WHERE state = 'open'",
        )
        assert len(find_early_suspensions(session)) == 1 == len(find_suspended_for_nothing(session))
