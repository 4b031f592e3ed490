"""Nothing is billed for time after a contract's last day, though a month falls due before it begins."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.operations.taking_back import take_back
from portal.contracts.operations.activating import end_contracts
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.queries.credit_notes import find_uncredited_months
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Subscription
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.portal.cancellations.test_cases import bill
from tests.portal.cancellations.test_leaving import leave

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def billed(session: Session) -> list[tuple[date, date]]:
    """When the invoices after a contract's first fall due, and from when on they pay."""
    rows = select(Invoice.due_on, Invoice.period_from).where(Invoice.installment_number > 1)
    return [(row.due_on, row.period_from) for row in session.execute(rows.order_by(Invoice.id))]


def test_a_month_that_is_not_out_yet_stays_so(session: Session, house: House) -> None:
    """Paid until 31/07; July's invoice, out on 05/07 and due on 15/07, would pay August."""
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
    case = leave(session, contract, house, on=date(2026, 7, 2))
    assert case.last_day == date(2026, 7, 31)
    bill(session, date(2026, 7, 5))
    bill(session, date(2026, 7, 20))
    assert billed(session) == []


@pytest.mark.deep
def test_a_year_is_not_renewed(session: Session, house: House) -> None:
    """Signed on 20/06/2026, due again on 15/06/2027, before the year that is paid is over."""
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, term="annual")
    case = leave(session, contract, house, on=date(2027, 4, 10))
    assert case.last_day
    renewal = case.last_day.replace(day=15)
    assert renewal < case.last_day
    for day in (date(2027, 5, 5), date(2027, 6, 5), renewal):
        bill(session, day)
    end_contracts(session, now=at_sao_paulo(date(2027, 8, 1), 1))
    assert billed(session) == []
    assert find_uncredited_months(session) == []


def test_it_is_billed_when_the_customer_stays_after_all(session: Session, house: House) -> None:
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
    case = leave(session, contract, house, on=date(2026, 7, 2))
    take_back(session, case=case, reason="Fica.", actor=house.seller, now=at_sao_paulo(date(2026, 7, 3), 10))
    bill(session, date(2026, 7, 5))
    assert billed(session) == [(date(2026, 7, 15), date(2026, 8, 1))]


@pytest.mark.deep
def test_a_paid_month_is_used_before_it_ends(session: Session, house: House) -> None:
    """Paid on 06/07 until 31/08, canceled after: the last day is 31/08, and nothing follows it."""
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
    bill(session, date(2026, 7, 5))
    invoice = session.scalars(select(Invoice).where(Invoice.installment_number == 2)).one()
    pay(session, invoice_id=invoice.id, now=at_sao_paulo(date(2026, 7, 6), 12))
    session.flush()
    case = leave(session, contract, house, on=date(2026, 7, 10))
    assert case.last_day == date(2026, 8, 31)
    bill(session, date(2026, 8, 5))
    assert len(billed(session)) == 1
    assert session.scalars(select(Subscription.next_due_on)).one() is None
