"""Until when a service is released."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.pages.progress import StepsAfterPayment
from portal.contracts.rules.states import ContractState
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Coverage
from portal.subscriptions.pages import coverage_steps
from portal.subscriptions.queries.coverage import released_until
from tests.factories.contracts import make_contract, pay, sign
from tests.factories.quotes import NOON, House, make_house


def settle(session: Session, contract: Contract, *, now: datetime = NOON, key: str = "pix:1") -> None:
    pay(session, contract.id, now=now, key=key)


def covered(session: Session, contract: Contract) -> list[tuple[int, date, date, str]]:
    rows = session.scalars(select(Coverage).where(Coverage.contract_id == contract.id))
    return [(row.number, row.covers_from, row.covers_until, row.payment_key) for row in rows]


class TestAContract:
    @pytest.mark.deep
    def test_of_the_first_of_june_is_released_until_the_end_of_july(self, session: Session) -> None:
        first = at_sao_paulo(date(2026, 6, 1), 12)
        house = make_house(session)
        contract = make_contract(
            session, house, state=ContractState.AWAITING_PAYMENT, now=first, on=date(2026, 6, 1)
        )
        assert released_until(session, contract.id) is None
        settle(session, contract, now=first)
        assert covered(session, contract) == [(1, date(2026, 6, 1), date(2026, 7, 31), "pix:1")]
        logged = session.scalars(select(LogEntry.summary).filter_by(action="coverage_started")).all()
        assert logged == ["Serviço liberado de 01/06/2026 até 31/07/2026"]

    @pytest.mark.deep
    def test_paid_later_than_planned_is_counted_from_the_day_it_began(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, on=date(2026, 6, 10))
        late = at_sao_paulo(date(2026, 7, 1), 0, 30)
        settle(session, contract, now=late)
        assert covered(session, contract) == [(1, date(2026, 7, 1), date(2026, 8, 31), "pix:1")]

    @pytest.mark.deep
    def test_planned_for_later_begins_on_its_day(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, on=date(2026, 8, 31))
        settle(session, contract)
        assert covered(session, contract) == [(1, date(2026, 8, 31), date(2026, 9, 30), "pix:1")]

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("on", "until"), [(date(2027, 1, 31), date(2027, 2, 28)), (date(2028, 1, 31), date(2028, 2, 29))]
    )
    def test_of_the_last_of_january_is_released_until_the_last_of_february(
        self, session: Session, on: date, until: date
    ) -> None:
        now = at_sao_paulo(on, 23, 30)  # February in UTC
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=now, on=on)
        settle(session, contract, now=now)
        assert covered(session, contract) == [(1, on, until, "pix:1")]

    @pytest.mark.deep
    def test_paid_before_it_is_signed_is_released_by_the_signature(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE, on=date(2026, 6, 10))
        settle(session, contract)
        assert covered(session, contract) == []
        sign(session, contract.id)
        assert covered(session, contract) == [(1, date(2026, 6, 10), date(2026, 7, 31), "pix:1")]

    @pytest.mark.deep
    def test_says_on_its_page_until_when(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, on=date(2026, 6, 10))
        (step,) = coverage_steps(session, StepsAfterPayment(contract, NOON))
        assert (step.state_words, step.since) == ("Ainda não liberado", None)
        settle(session, contract)
        (step,) = coverage_steps(session, StepsAfterPayment(contract, NOON))
        words = "Liberado até 31/07/2026, próximo vencimento 15/07/2026"
        assert (step.state_words, step.tone) == (words, "good")
        (step,) = coverage_steps(
            session, StepsAfterPayment(contract, at_sao_paulo(date(2026, 7, 31), 23, 59))
        )
        assert step.tone == "good"
        (step,) = coverage_steps(session, StepsAfterPayment(contract, at_sao_paulo(date(2026, 8, 1))))
        assert (step.state_words, step.tone) == ("Esteve liberado até 31/07/2026", "needs")


class TestAPlanChargedByTheDay:
    def contract(self, session: Session) -> tuple[House, Contract]:
        house = make_house(session)
        full, part = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
        change_first_period(session, plan="gestao", wanted=part, seen=full, actor=house.admin, now=NOON)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, on=date(2026, 6, 20))
        return house, contract

    @pytest.mark.deep
    def test_is_released_until_its_first_due_date(self, session: Session) -> None:
        _house, contract = self.contract(session)
        settle(session, contract)
        assert covered(session, contract) == [(1, date(2026, 6, 20), date(2026, 7, 14), "pix:1")]
        assert released_until(session, contract.id) == date(2026, 7, 15)
        (step,) = coverage_steps(session, StepsAfterPayment(contract, NOON))
        assert step.state_words == "Liberado até 15/07/2026, próximo vencimento 15/07/2026"

    @pytest.mark.deep
    def test_that_begins_later_never_has_fewer_days_than_were_paid(self, session: Session) -> None:
        _house, contract = self.contract(session)  # 25 days were paid
        settle(session, contract, now=at_sao_paulo(date(2026, 7, 1), 12))
        assert covered(session, contract) == [(1, date(2026, 7, 1), date(2026, 8, 14), "pix:1")]
        assert released_until(session, contract.id) == date(2026, 8, 15)
