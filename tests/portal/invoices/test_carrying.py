"""Late charges that nobody paid or waived are a line of the next invoice, made by a run or by hand.

R$ 199,90 due on Wednesday 15/07/2026 and paid without charges on Friday 24/07, nine days late: fee R$ 4,00,
interest 199,90 × 1 % × 9 / 30 = R$ 0,60, together R$ 4,60.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice, InvoiceLine, LateCharge
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.late_charges import waive_late_charges
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.books import find_broken_receivables, find_broken_sums
from portal.invoices.queries.late_charges import due_on_day, find_broken_late_charges
from portal.payouts.models.accrual import RepasseAccrual
from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.payouts.queries.books import find_broken_accruals
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import active, invoices_of, night
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house

FIFTH_OF_AUGUST = date(2026, 8, 5)
NOW = at_sao_paulo(FIFTH_OF_AUGUST, 1)
LATE = at_sao_paulo(date(2026, 7, 24), 9)
MADE = {
    "invoices": "SELECT * FROM invoices WHERE issued_at = :now ORDER BY contract_id",
    "lines": "SELECT contract_id, line.position, code, label, quantity, line.amount_cents"
    " FROM invoice_lines AS line JOIN invoices ON invoices.id = invoice_id"
    " WHERE issued_at = :now ORDER BY 1, 2",
    "postings": "SELECT postings.* FROM postings WHERE booked_at = :now ORDER BY invoice_id, kind",
    "charges": "SELECT charge.*, invoices.contract_id, invoices.installment_number"
    " FROM late_charges AS charge LEFT JOIN invoices ON invoices.id = carried_to_id ORDER BY charge.id",
}
GIVEN_OUT = {"id", "invoice_id", "chunk_id", "key", "carried_to_id"}


def paid_late(session: Session, house: House) -> Contract:
    """Its charges are left."""
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    (invoice,) = invoices_of(session, contract)
    pay(session, invoice_id=invoice.id, amount_cents=199_90, now=LATE)
    session.flush()
    session.expire_all()
    return load_contract(session, contract.id)


def by_hand(session: Session, contract: Contract) -> Invoice:
    return issue_installment(session, contract=load_contract(session, contract.id), number=3, now=NOW)


def made(session: Session, way: Callable[[], object]) -> dict[str, list[dict[str, Any]]]:
    with session.begin_nested() as savepoint:
        way()
        session.flush()
        rows = {
            name: [
                {column: row[column] for column in row if column not in GIVEN_OUT}
                for row in session.execute(text(statement), {"now": NOW}).mappings()
            ]
            for name, statement in MADE.items()
        }
        savepoint.rollback()
    session.expire_all()
    return rows


class TestChargesThatAreLeft:
    def test_are_a_line_of_the_next_invoice_that_names_where_they_come_from(self, session: Session) -> None:
        contract = paid_late(session, make_house(session))
        night(session, FIFTH_OF_AUGUST)
        before, invoice = invoices_of(session, contract)
        assert (invoice.amount_cents, invoice.carried_cents) == (204_50, 4_60)
        lines = select(InvoiceLine.label, InvoiceLine.amount_cents).where(
            InvoiceLine.invoice_id == invoice.id
        )
        assert session.execute(lines.order_by(InvoiceLine.position)).all() == [
            ("Hiper Gestão", 199_90),
            (f"Encargos por atraso da fatura {before.label}", 4_60),
        ]
        (charge,) = session.scalars(select(LateCharge)).all()
        assert (charge.open_cents, charge.carried_to_id) == (0, invoice.id)
        assert find_broken_sums(session) == [] == find_broken_receivables(session)
        assert find_broken_late_charges(session) == []

    @pytest.mark.deep
    def test_are_the_same_rows_in_a_set_and_by_hand(self, session: Session) -> None:
        house = make_house(session)
        contracts = [paid_late(session, house), active(session, house)]
        night(session, date(2026, 7, 6))
        by_set = made(session, lambda: night(session, FIFTH_OF_AUGUST))
        singly = made(session, lambda: [by_hand(session, contract) for contract in contracts])
        assert [row["amount_cents"] for row in singly["invoices"]] == [204_50, 199_90]
        assert by_set == singly

    def test_bear_no_charges_themselves_and_are_paid_last(self, session: Session) -> None:
        """Due on Saturday 15/08; on 24/08 late since Monday 17/08: 4,00 and 199,90 × 1 % × 7 / 30 = 0,47."""
        contract = paid_late(session, make_house(session))
        night(session, FIFTH_OF_AUGUST)
        _, invoice = invoices_of(session, contract)
        due = due_on_day(session, invoice, date(2026, 8, 24))
        assert (due.face_cents, due.late_fee_cents, due.late_interest_cents) == (204_50, 4_00, 47)
        now = at_sao_paulo(date(2026, 8, 24), 9)
        pay(session, invoice_id=invoice.id, amount_cents=204_50, now=now)
        charge = session.scalars(select(LateCharge).where(LateCharge.invoice_id == invoice.id)).one()
        assert (charge.base_cents, charge.late_fee_cents, charge.late_interest_cents) == (199_90, 4_00, 47)

    @pytest.mark.deep
    def test_are_nobodys_repasse_and_the_books_know_it(self, session: Session) -> None:
        contract = paid_late(session, make_house(session))
        night(session, FIFTH_OF_AUGUST)
        _, invoice = invoices_of(session, contract)
        pay(session, invoice_id=invoice.id, amount_cents=204_50, now=NOW)
        accrue_paid_invoice(session, invoice.id, now=NOW)
        shared = select(func.sum(RepasseAccrual.paid_cents)).where(RepasseAccrual.invoice_id == invoice.id)
        assert session.scalar(shared) == 199_90
        assert invoice.id not in find_broken_accruals(session)

    @pytest.mark.deep
    def test_that_were_waived_go_nowhere(self, session: Session) -> None:
        house = make_house(session)
        contract = paid_late(session, house)
        (invoice,) = invoices_of(session, contract)
        waive_late_charges(session, invoice_id=invoice.id, reason="Primeira vez", actor=house.admin, now=LATE)
        night(session, FIFTH_OF_AUGUST)
        assert [each.amount_cents for each in invoices_of(session, contract)] == [199_90, 199_90]

    @pytest.mark.deep
    def test_go_on_one_invoice_only(self, session: Session) -> None:
        contract = paid_late(session, make_house(session))
        night(session, FIFTH_OF_AUGUST)
        _, invoice = invoices_of(session, contract)
        pay(session, invoice_id=invoice.id, amount_cents=204_50, now=at_sao_paulo(date(2026, 8, 14), 9))
        night(session, date(2026, 9, 5))
        assert [each.carried_cents for each in invoices_of(session, contract)] == [0, 4_60, 0]

    @pytest.mark.deep
    def test_are_gone_with_an_invoice_that_is_voided(self, session: Session) -> None:
        house = make_house(session)
        contract = paid_late(session, house)
        night(session, FIFTH_OF_AUGUST)
        _, invoice = invoices_of(session, contract)
        void_invoice(session, invoice_id=invoice.id, reason="Engano", actor=house.admin, now=NOW)
        assert find_broken_receivables(session) == []
        left = text(
            "SELECT sum(CASE WHEN credit_account = 'late_charges' THEN amount_cents ELSE -amount_cents END)"
            " FROM postings WHERE 'late_charges' IN (debit_account, credit_account)"
        )
        assert session.scalar(left) == 0

    def test_cannot_be_moved_to_another_invoice(self, session: Session) -> None:
        paid_late(session, make_house(session))
        night(session, FIFTH_OF_AUGUST)
        with pytest.raises(IntegrityError, match="frozen"):
            session.execute(text("UPDATE late_charges SET carried_cents = carried_cents - 1"))
