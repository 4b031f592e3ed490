"""What changes of a running contract make of what is billed: amendment, renewal, another partner, the end."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.operations.issuing import issue_installment
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.operations.ending import end_subscription
from portal.subscriptions.queries.reading import find_subscription, find_unbilled_contracts, get_subscription
from portal.subscriptions.rules import Place
from tests.factories.changes import make_change, make_partner_change
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, make_house
from tests.portal.contracts.test_changing import running

UPGRADE: dict[str, Any] = {"negotiated_total": 229_90}
DOWNGRADE: dict[str, Any] = {"negotiated_total": 185_00}


def follows(session: Session, contract: Contract) -> Subscription:
    row = get_subscription(session, contract.id)
    session.refresh(row)
    return row


def prices(session: Session, contract: Contract) -> list[tuple[date, int, int]]:
    """Since when, from which payment and how much, for each line."""
    lines = select(SubscriptionLine).join(Subscription).where(Subscription.contract_id == contract.id)
    return [
        (line.valid_from, line.first_number, line.price_total_cents)
        for line in session.scalars(lines.order_by(SubscriptionLine.position))
    ]


def due_dates(place: Place, first: int, last: int) -> list[date]:
    return [place.period(number).due_on for number in range(first, last + 1)]


class TestAnUpgrade:
    @pytest.mark.deep
    def test_bills_what_falls_due_next_at_the_new_price(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = make_change(session, house, base, ContractKind.AMENDMENT, **UPGRADE)
        old, new = follows(session, base), follows(session, contract)
        assert (old.next_due_on, old.bills_until, old.ended_at) == (None, date(2026, 6, 9), NOON)
        assert (new.next_number, new.next_due_on, new.bills_until) == (2, date(2026, 7, 15), None)
        assert (new.monthly_cents, new.activated_at, new.ended_at) == (229_90, NOON, None)
        assert prices(session, contract) == [(date(2026, 6, 10), 2, 229_90)]
        assert prices(session, base) == [(date(2026, 6, 1), 1, 199_90)]
        period = new.place.period(2)
        assert (period.starts_on, period.ends_on) == (date(2026, 8, 1), date(2026, 8, 31))

    @pytest.mark.deep
    def test_leaves_what_is_billed_to_the_contract_before(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        issue_installment(session, contract=load_contract(session, base.id), number=2, now=NOON)
        contract = make_change(session, house, load_contract(session, base.id), ContractKind.AMENDMENT)
        assert follows(session, base).next_number == 3
        assert follows(session, contract).next_due_on == date(2026, 8, 15)


class TestADowngrade:
    def test_waits_for_the_due_date_while_the_contract_before_ends(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = make_change(session, house, base, ContractKind.AMENDMENT, **DOWNGRADE)
        old, new = follows(session, base), follows(session, contract)
        assert (old.next_due_on, old.bills_until, old.ended_at) == (None, date(2026, 7, 14), None)
        assert (new.next_number, new.next_due_on) == (2, date(2026, 7, 15))
        assert prices(session, contract) == [(date(2026, 7, 15), 2, 185_00)]
        day_after = at_sao_paulo(date(2026, 7, 15), 1)
        end_contracts(session, now=day_after)
        assert follows(session, base).ended_at == day_after
        end_contracts(session, now=day_after + timedelta(days=1))
        assert follows(session, base).ended_at == day_after


class TestAnAmendmentOfAnAmendment:
    @pytest.mark.deep
    def test_goes_on_in_the_same_months(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        first = make_change(session, house, base, ContractKind.AMENDMENT, **UPGRADE)
        again = make_change(
            session, house, load_contract(session, first.id), ContractKind.AMENDMENT, negotiated_total=239_90
        )
        place = follows(session, again).place
        assert due_dates(place, 2, 4) == [date(2026, 7, 15), date(2026, 8, 15), date(2026, 9, 15)]
        assert place.terms.starts_on == date(2026, 6, 1)


class TestAnAmendmentToAnotherTerm:
    def test_begins_a_term_where_the_paid_time_ends(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = make_change(
            session,
            house,
            base,
            ContractKind.AMENDMENT,
            term="annual",
            payment_method="ted_card",
            installments=3,
            quantities={"user": 8},
        )
        row = follows(session, contract)
        assert (row.cycle, row.months, row.payments_in_term) == ("annual", 12, 3)
        assert due_dates(row.place, 2, 5) == [
            date(2026, 7, 15),
            date(2026, 8, 15),
            date(2026, 9, 15),
            date(2027, 7, 15),
        ]
        second, third, fifth = (row.place.period(number) for number in (2, 3, 5))
        assert (second.starts_on, second.ends_on) == (date(2026, 8, 1), date(2026, 11, 30))
        assert (third.starts_on, third.payment) == (date(2026, 12, 1), 2)
        assert (fifth.starts_on, fifth.payment) == (date(2027, 8, 1), 1)

    def test_keeps_the_rhythm_of_a_contract_begun_with_a_part_of_a_month(self, session: Session) -> None:
        house = make_house(session)
        full, part = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
        change_first_period(session, plan="gestao", wanted=part, seen=full, actor=house.admin, now=NOON)
        base = make_contract(session, house, state=ContractState.ACTIVE, on=date(2026, 6, 10))
        changes: dict[str, Any] = {"term": "semiannual", "quantities": {"user": 8}}
        contract = make_change(session, house, base, ContractKind.AMENDMENT, **changes)
        row = follows(session, contract)
        period = row.place.period(2)
        assert (row.first_period, row.next_due_on) == (part, date(2026, 6, 15))
        assert (period.starts_on, period.ends_on) == (date(2026, 6, 15), date(2026, 12, 14))
        assert row.place.period(3).due_on == date(2026, 12, 15)
        assert [first for _since, first, _cents in prices(session, contract)] == [2, 2]


class TestARenewal:
    def test_begins_its_own_term(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = make_change(session, house, base, ContractKind.RENEWAL)
        old, new = follows(session, base), follows(session, contract)
        assert (old.next_due_on, old.bills_until) == (None, date(2026, 7, 14))
        assert (new.counted_from, new.next_due_on) == (date(2026, 7, 15), date(2026, 8, 15))


class TestAnotherPartner:
    def test_has_a_subscription_of_its_own(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = make_partner_change(session, base)
        old, new = follows(session, base), follows(session, contract)
        assert (old.partner_id, old.next_due_on, old.ended_at) == (house.partner.id, None, NOON)
        assert new.partner_id != house.partner.id
        assert (new.customer_id, new.counted_from) == (contract.customer_id, date(2026, 6, 10))
        assert new.next_due_on == date(2026, 7, 15)


class TestAContractThatCameToNothing:
    def test_has_none(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
        cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON)
        assert find_subscription(session, contract.id) is None


class TestTheNightlyCheck:
    def test_finds_a_contract_that_nothing_bills(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        make_change(session, house, base, ContractKind.AMENDMENT, **UPGRADE)
        contract = running(session, house)
        assert find_unbilled_contracts(session) == []
        end_subscription(session, contract_id=contract.id, at=NOON)
        assert find_unbilled_contracts(session) == [contract.id]


class TestBilling:
    def billed(self, session: Session, contract: Contract, number: int) -> tuple[int, date | None]:
        issue_installment(session, contract=load_contract(session, contract.id), number=number, now=NOON)
        row = follows(session, contract)
        return row.next_number, row.next_due_on

    def test_goes_on_to_the_first_payment_that_is_not_billed(self, session: Session) -> None:
        contract = running(session, make_house(session))
        assert self.billed(session, contract, 3) == (2, date(2026, 7, 15))
        assert self.billed(session, contract, 2) == (4, date(2026, 9, 15))
        assert self.billed(session, contract, 2) == (4, date(2026, 9, 15))

    @pytest.mark.deep
    def test_of_an_ended_contract_has_nothing_due(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        make_change(session, house, base, ContractKind.AMENDMENT, **UPGRADE)
        assert self.billed(session, base, 2) == (3, None)
