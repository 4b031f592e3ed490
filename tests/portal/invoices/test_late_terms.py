"""What lateness costs is as it was when the invoice was issued, and no more than was signed."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.documents.queries import read_paper
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.settling_sets import lateness_on, lock_plain_invoices
from portal.invoices.queries.late_charges import due_of_each, due_on_day
from portal.settings.rules.late_terms import LateTerms
from portal.settings.rules.names import Name
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Subscription
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.factories.settings import set_to
from tests.portal.contracts.test_generating import words_of
from tests.portal.invoices.test_billing_runs import one_by_one, run, what_is_made

FIRST_OF_JUNE, FIFTH_OF_JULY = at_sao_paulo(date(2026, 6, 1), 12), at_sao_paulo(date(2026, 7, 5), 9)
LATE = date(2026, 7, 25)  # ten days after Wednesday, 15/07


def in_force(session: Session, fee: int, interest: int) -> None:
    set_to(session, Name.LATE_FEE_BASIS_POINTS, fee)
    set_to(session, Name.LATE_INTEREST_BASIS_POINTS, interest)


def active(session: Session, house: House | None = None) -> Contract:
    house = house or make_house(session)
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
    return load_contract(session, contract.id)


def issued(session: Session, contract: Contract, number: int = 2) -> Invoice:
    """199,90, the second one due on 15/07/2026."""
    return issue_installment(session, contract=contract, number=number, now=FIFTH_OF_JULY)


def charges(session: Session, invoice: Invoice, day: date = LATE) -> tuple[int, int]:
    due = due_on_day(session, invoice, day)
    assert [due] == list(due_of_each(session, [invoice], day))
    return due.late_fee_cents, due.late_interest_cents


class TestARateThatChanges:
    def test_changes_nothing_for_who_was_sent_an_invoice(self, session: Session) -> None:
        contract = active(session)
        invoice = issued(session, contract)
        in_force(session, 100, 50)
        assert charges(session, invoice) == (4_00, 67)  # 2 % of 199,90; a third of 1 % of it
        pay(session, invoice_id=invoice.id, amount_cents=204_57, now=at_sao_paulo(LATE, 12))
        charge = session.scalars(select(LateCharge)).one()
        assert (charge.late_fee_cents, charge.late_interest_cents, charge.open_cents) == (4_00, 67, 0)

    @pytest.mark.deep
    def test_holds_for_those_issued_from_then_on(self, session: Session) -> None:
        contract = active(session)
        issued(session, contract)
        in_force(session, 100, 50)
        third = issued(session, contract, 3)  # due on Saturday 15/08, to be paid until Monday
        assert charges(session, third, date(2026, 8, 27)) == (2_00, 33)  # 1,999; a third of 0,9995
        in_force(session, 0, 0)
        assert charges(session, issued(session, contract, 4), date(2026, 9, 25)) == (0, 0)

    @pytest.mark.deep
    def test_is_never_more_than_the_signed_contract_says(self, session: Session) -> None:
        in_force(session, 100, 50)
        contract = active(session)
        in_force(session, 200, 100)
        assert charges(session, issued(session, contract)) == (2_00, 33)
        assert charges(session, issued(session, active(session))) == (4_00, 67)

    @pytest.mark.deep
    def test_is_the_same_in_a_run_and_one_by_one_and_when_a_file_pays(self, session: Session) -> None:
        house = make_house(session)
        in_force(session, 100, 50)
        low = active(session, house)
        in_force(session, 200, 100)
        high = active(session, house)
        in_force(session, 150, 80)
        by_sets, singly = what_is_made(session, run), what_is_made(session, one_by_one)
        assert by_sets["invoices"] == singly["invoices"]
        run(session)
        invoices = session.scalars(select(Invoice).where(Invoice.installment_number == 2)).all()
        assert {each.contract_id: each.late_terms for each in invoices} == {
            low.id: LateTerms(100, 50, charges_first=False),
            high.id: LateTerms(150, 80, charges_first=False),
        }
        plain = lock_plain_invoices(session, [each.id for each in invoices])
        paid_at = at_sao_paulo(LATE, 12)
        late = lateness_on(session, [(plain[each.id], paid_at) for each in invoices])
        found = {each.contract_id: charge[1:] for each, charge in zip(invoices, late, strict=True)}
        # 1 % and a third of 0,5 %; 1,5 % is 2,9985 and a third of 0,8 % is 0,5330…
        assert found == {low.id: (2_00, 33), high.id: (3_00, 53)}
        assert found == {each.contract_id: charges(session, each) for each in invoices}


class TestTheContract:
    @pytest.mark.deep
    def test_says_the_rates_in_force_when_it_is_generated(self, session: Session) -> None:
        in_force(session, 150, 50)
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_SIGNATURE)
        assert "incidem multa de 1,5% e juros de mora de 0,5% ao mês" in self.paper(session, contract)

    def test_says_the_usual_ones_in_words_too(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_SIGNATURE)
        words = "multa de 2% (dois por cento) e juros de mora de 1% (um por cento) ao mês"
        assert words in self.paper(session, contract)

    def paper(self, session: Session, contract: Contract) -> str:
        assert contract.file_id is not None
        return words_of(read_paper(session, contract.file_id))


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [{"late_fee_basis_points": 100}, {"late_interest_basis_points": 99}, {"charges_first": True}],
    )
    @pytest.mark.parametrize("table", [Contract, Subscription, Invoice])
    def test_keeps_them(self, session: Session, table: Any, change: dict[str, Any]) -> None:
        issued(session, active(session))
        with pytest.raises(IntegrityError, match="late terms are frozen"):
            session.execute(update(table).values(**change))

    @pytest.mark.parametrize("change", [{"late_fee_basis_points": 201}, {"late_interest_basis_points": 101}])
    def test_refuses_more_than_the_law_allows(self, session: Session, change: dict[str, int]) -> None:
        make_contract(session, make_house(session))
        with pytest.raises(IntegrityError, match="late_rates_lawful"):
            session.execute(update(Contract).values(**change))
