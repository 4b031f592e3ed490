"""The second month and all that follow: what they bill, when they fall due, what paying them releases."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.pages.progress import StepsAfterPayment
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_first_invoice, issue_installment
from portal.invoices.queries.reading import find_first_invoice, load_invoice
from portal.invoices.rules.refusals import NotBilledYet
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Coverage
from portal.subscriptions.pages import coverage_steps
from portal.subscriptions.queries.coverage import find_broken_coverages, released_until
from portal.subscriptions.rules import BilledTo
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import NOON, House, make_house

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
FULL, PART = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL


def active(
    session: Session, house: House | None = None, *, now: datetime = FIRST_OF_JUNE, **selection: object
) -> Contract:
    house = house or make_house(session)
    return make_contract(session, house, state=ContractState.ACTIVE, now=now, **selection)


def proportional(session: Session, *, now: datetime = FIRST_OF_JUNE, **selection: object) -> Contract:
    house = make_house(session)
    change_first_period(session, plan="gestao", wanted=PART, seen=FULL, actor=house.admin, now=now)
    return active(session, house, now=now, **selection)


def billed(session: Session, contract: Contract, number: int) -> Invoice:
    contract = load_contract(session, contract.id)
    return issue_installment(session, contract=contract, number=number, now=NOON)


def paid(session: Session, contract: Contract, number: int) -> Invoice:
    invoice = billed(session, contract, number)
    pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=NOON)
    assert invoice.state is InvoiceState.PAID
    return invoice


def covered(session: Session, contract: Contract) -> list[tuple[int, date, date, date]]:
    rows = session.scalars(
        select(Coverage).where(Coverage.contract_id == contract.id).order_by(Coverage.number)
    )
    return [(row.number, row.covers_from, row.covers_until, row.grace_until) for row in rows]


def lines(session: Session, invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.code, line.amount_cents) for line in load_invoice(session, invoice.id).lines]


class TestAMonthlyContractOfTheFirstOfJune:
    @pytest.mark.deep
    def test_is_released_until_31_08_by_what_is_due_on_15_07(self, session: Session) -> None:
        contract = active(session, setup=True)
        invoice = billed(session, contract, 2)
        assert (invoice.due_on, invoice.amount_cents) == (date(2026, 7, 15), 199_90)
        assert (invoice.term_number, invoice.payment_number) == (2, 1)
        assert lines(session, invoice) == [("plan:gestao", 199_90)], "the setup fee was charged before"
        assert invoice.explanation == (
            "Mensalidade. Período de 01/08/2026 até 31/08/2026. Libera o serviço até 31/08/2026."
        )
        assert released_until(session, contract.id) == date(2026, 7, 31)
        pay(session, invoice_id=invoice.id, now=NOON)
        assert released_until(session, contract.id) == date(2026, 8, 31)

    @pytest.mark.deep
    def test_is_covered_day_by_day_over_thirteen_months(self, session: Session) -> None:
        contract = active(session)
        for number in range(2, 14):
            paid(session, contract, number)
        rows = covered(session, contract)
        assert rows[0] == (1, date(2026, 6, 1), date(2026, 7, 31), date(2026, 7, 31))
        assert rows[2] == (3, date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 30))
        assert rows[12] == (13, date(2027, 7, 1), date(2027, 7, 31), date(2027, 7, 31))
        assert find_broken_coverages(session) == []
        (step,) = coverage_steps(session, StepsAfterPayment(load_contract(session, contract.id), NOON))
        assert step.state_words == "Liberado até 31/07/2027, próximo vencimento 15/07/2027"

    @pytest.mark.deep
    def test_may_pay_a_later_month_first(self, session: Session) -> None:
        contract = active(session)
        paid(session, contract, 3)
        paid(session, contract, 2)
        assert [row[:2] for row in covered(session, contract)] == [
            (1, date(2026, 6, 1)),
            (2, date(2026, 8, 1)),
            (3, date(2026, 9, 1)),
        ]
        assert find_broken_coverages(session) == []

    def test_is_billed_a_month_once(self, session: Session) -> None:
        contract = active(session)
        assert billed(session, contract, 2) is billed(session, contract, 2)


class TestLongerTerms:
    @pytest.mark.deep
    def test_of_six_months_begin_again_with_the_second_payment(self, session: Session) -> None:
        contract = active(session, term="semiannual", setup=True)
        invoice = paid(session, contract, 2)
        assert (invoice.term_number, invoice.payment_number) == (2, 1)
        assert [code for code, _cents in lines(session, invoice)] == ["plan:gestao"]
        assert covered(session, contract)[1][1:3] == (date(2027, 1, 1), date(2027, 6, 30))
        assert paid(session, contract, 3).due_on == date(2027, 6, 15)

    @pytest.mark.deep
    def test_of_a_year_in_three_count_their_payments(self, session: Session) -> None:
        contract = active(session, term="annual", payment_method="ted_card", installments=3)
        places = []
        for number in (2, 3, 4, 13):
            invoice = paid(session, contract, number)
            places.append((invoice.term_number, invoice.payment_number, invoice.due_on))
        assert places == [
            (1, 2, date(2026, 7, 15)),
            (1, 3, date(2026, 8, 15)),
            (2, 1, date(2027, 6, 15)),
            (5, 1, date(2030, 6, 15)),
        ]
        last = billed(session, contract, 13)
        assert last.payment_method == "card"
        assert last.explanation.startswith("Parcela 1 de 3, de 12 meses. ")


class TestAContractBegunWithAPartOfAMonth:
    @pytest.mark.deep
    def test_may_owe_two_invoices_due_in_one_month(self, session: Session) -> None:
        contract = proportional(session, now=at_sao_paulo(date(2026, 6, 2), 12), setup=True)
        first = find_first_invoice(session, contract.id)
        second = billed(session, contract, 2)
        assert first is not None
        assert (first.due_on, second.due_on) == (date(2026, 6, 7), date(2026, 6, 15))
        assert (first.term_number, first.payment_number) == (None, None)
        assert (second.kind, second.term_number, second.payment_number) == (InvoiceKind.INSTALLMENT, 1, 1)
        assert lines(session, second) == [("plan:gestao", 199_90)], "the setup fee came with the first"

    @pytest.mark.deep
    def test_is_paid_to_the_14th_and_released_to_the_15th_without_overlap_or_gap(
        self, session: Session
    ) -> None:
        contract = proportional(session, now=at_sao_paulo(date(2026, 6, 2), 12))
        paid(session, contract, 2)
        paid(session, contract, 3)
        assert covered(session, contract) == [
            (1, date(2026, 6, 2), date(2026, 6, 14), date(2026, 6, 15)),
            (2, date(2026, 6, 15), date(2026, 7, 14), date(2026, 7, 15)),
            (3, date(2026, 7, 15), date(2026, 8, 14), date(2026, 8, 15)),
        ]
        assert find_broken_coverages(session) == []

    def test_keeps_to_it_when_the_plan_is_sold_otherwise_later(self, session: Session) -> None:
        house = make_house(session)
        change_first_period(session, plan="gestao", wanted=PART, seen=FULL, actor=house.admin, now=NOON)
        contract = make_contract(session, house, on=date(2026, 6, 20))
        change_first_period(session, plan="gestao", wanted=FULL, seen=PART, actor=house.admin, now=NOON)
        invoice = issue_first_invoice(session, contract=contract, now=NOON)
        assert invoice is not None
        assert (invoice.kind, invoice.period_until) == (InvoiceKind.FIRST_PERIOD, date(2026, 7, 14))


class TestWhatIsNotBilled:
    @pytest.mark.deep
    def test_is_a_contract_nobody_has_paid(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_PAYMENT)
        with pytest.raises(NotBilledYet):
            billed(session, contract, 2)

    def test_is_a_payment_before_the_first(self, session: Session) -> None:
        contract = active(session)
        with pytest.raises(NotBilledYet):
            billed(session, contract, 0)


class TestAPartnerThatBillsItsCustomer:
    @pytest.mark.deep
    def test_owes_the_cost_of_each_month(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = "hiperador"
        invoice = paid(session, active(session, house, arrangement="hiperador", setup=True), 2)
        assert (invoice.billed_to, invoice.amount_cents) == (BilledTo.PARTNER, 85_00)
