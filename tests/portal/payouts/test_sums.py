"""Sums kept beside invoices, payments and accruals: right after every change, and after many became one."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.reading import find_first_invoice
from portal.payouts.queries.invariants import find_broken
from portal.payouts.scheduled import fold_sums
from portal.shared.db import db
from tests.factories.contracts import make_contract, pay
from tests.factories.invoices import make_invoice
from tests.factories.quotes import NOON, make_house

OPEN = "SELECT due_on, sum(count), sum(open_cents) FROM open_sums GROUP BY due_on HAVING sum(count) <> 0"
INCOME = "SELECT source, sum(count), sum(amount_cents) FROM income_sums GROUP BY source ORDER BY source"
REPASSE = """
SELECT month, sum(paid_cents), sum(cost_cents), sum(repasse_cents) FROM repasse_sums GROUP BY month
"""
MANY = """
INSERT INTO open_sums (due_on, count, open_cents) SELECT '2031-01-15', 1, 100 FROM generate_series(1, 50)
"""


def rows(session: Session, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(statement)).all()]


def size(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM open_sums")).scalar_one())


class TestKeptSums:
    @pytest.mark.deep
    def test_follow_an_invoice_from_its_issue_to_its_payment(self, session: Session) -> None:
        """A Gestão at 199,90: cost 85,00, central fee 13,47, repasse 101,43."""
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_PAYMENT)
        invoice = find_first_invoice(session, contract.id)
        assert invoice is not None
        assert rows(session, OPEN) == [(invoice.due_on, 1, 199_90)]
        pay(session, contract.id, key="pix:1")
        assert rows(session, OPEN) == []
        assert rows(session, INCOME) == [("pix", 1, 199_90)]
        assert rows(session, REPASSE) == [(date(2026, 6, 1), 199_90, 85_00, 101_43)]

    def test_forget_what_is_void(self, session: Session) -> None:
        invoice = make_invoice(session)
        assert rows(session, OPEN) == [(invoice.due_on, 1, 199_90)]
        void_invoice(session, invoice_id=invoice.id, reason="Engano", actor=None, now=NOON)
        assert rows(session, OPEN) == []

    def test_are_the_same_when_many_rows_became_one(self, session: Session) -> None:
        make_invoice(session)
        session.execute(text(MANY))
        before, wrote = rows(session, OPEN), size(session)
        fold_sums(session, now=NOON)
        assert rows(session, OPEN) == before
        assert (wrote, size(session)) == (51, 2), "one a due day"

    def test_keep_what_is_written_while_they_are_folded(self, app: Flask) -> None:
        """Whoever writes waits for nobody; their rows are there afterwards."""
        with app.app_context(), Session(db.engine) as folding, Session(db.engine) as writing:
            folding.execute(text(MANY))
            folding.commit()
            fold_sums(folding, now=NOON)
            writing.execute(text("SET LOCAL lock_timeout = '1s'"))
            writing.execute(text(MANY))
            writing.commit()
            folding.commit()
            assert rows(folding, OPEN) == [(date(2031, 1, 15), 100, 10_000)]
            assert size(folding) == 51

    @pytest.mark.deep
    def test_can_be_counted_again(self, session: Session) -> None:
        make_invoice(session)
        right = rows(session, OPEN)
        session.execute(text(MANY))
        assert [each.invariant.key for each in find_broken(session, since=NOON, now=NOON)] == ["M4"]
        session.execute(text("SELECT count_sums_again()"))
        assert rows(session, OPEN) == right
