"""A month that was billed before an amendment began is the amendment's time, whenever it is paid."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.changing import start_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.receipts.models.payment import Payment
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.returning import ReturnCause
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Coverage
from portal.subscriptions.queries.coverage import find_broken_coverages, released_until
from tests.factories.contracts import printed, sign
from tests.factories.following import what_follows
from tests.factories.overdue import active, night, paid
from tests.factories.quotes import House, make_house, save

SIXTH, EIGHTH = at_sao_paulo(date(2026, 7, 6), 12), at_sao_paulo(date(2026, 7, 8), 12)
AUGUST_BEGINS, AUGUST_ENDS = date(2026, 8, 1), date(2026, 8, 31)


def signed_change(session: Session, house: House, base: Contract) -> Contract:
    """One more user from 06/07 on, signed and not paid yet."""
    quote = start_change(session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=SIXTH)
    save(session, house, quote, now=SIXTH, quantities={"user": 3})
    token = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=SIXTH)
    version = accept_quote(session, token=token, quote_id=quote.id, now=SIXTH)
    change_id = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
    generate_contract(session, contract=load_contract(session, change_id), actor=house.seller, now=SIXTH)
    printed(session, change_id, now=SIXTH)
    return sign(session, change_id, now=SIXTH)


def open_of(session: Session, contract: Contract) -> Invoice:
    open_one = select(Invoice).where(Invoice.contract_id == contract.id, Invoice.state == InvoiceState.OPEN)
    return session.scalars(open_one).one()


@pytest.mark.deep
@pytest.mark.parametrize("is_month_first", [False, True])
def test_are_released_with_it(session: Session, is_month_first: bool) -> None:
    """From 01/06, paid until 31/07. August is billed on 05/07, the change signed on 06/07, both paid then."""
    house = make_house(session)
    base = active(session, house)
    night(session, date(2026, 7, 5))
    change = signed_change(session, house, base)
    month, difference = open_of(session, base), open_of(session, change)
    assert (month.period_from, month.period_until) == (AUGUST_BEGINS, AUGUST_ENDS)
    for invoice in (month, difference) if is_month_first else (difference, month):
        paid(session, invoice, SIXTH)
        what_follows(session)
    assert released_until(session, change.id) == AUGUST_ENDS
    night(session, date(2026, 8, 5))
    paid(session, open_of(session, change), at_sao_paulo(date(2026, 8, 15), 12))
    rows = session.execute(
        select(Coverage.covers_from, Coverage.covers_until)
        .where(Coverage.contract_id == change.id, Coverage.taken_back_at.is_(None))
        .order_by(Coverage.number)
    ).all()
    assert [tuple(row) for row in rows] == [
        (date(2026, 7, 6), AUGUST_ENDS),
        (date(2026, 9, 1), date(2026, 9, 30)),
    ]
    assert find_broken_coverages(session) == []


def test_that_go_back_take_their_own_time_alone_and_give_it_again(session: Session) -> None:
    """From 01/06, July and August paid; the amendment of 06/07 has both. August's payment is undone."""
    house = make_house(session)
    base = active(session, house)
    night(session, date(2026, 7, 5))
    change = signed_change(session, house, base)
    month, difference = open_of(session, base), open_of(session, change)
    for invoice in (month, difference):
        paid(session, invoice, SIXTH)
        what_follows(session)
    payment = session.scalars(select(Payment).where(Payment.invoice_id == month.id)).one()
    asked = Asked(
        cause=ReturnCause.UNDONE, key="undone:1", amount_cents=payment.amount_cents, reason="Desfeito"
    )
    take_payment_back(session, payment_id=payment.id, asked=asked, actor=None, now=EIGHTH)
    assert released_until(session, change.id) == date(2026, 7, 31)
    assert find_broken_coverages(session) == []
    paid(session, month, EIGHTH)
    what_follows(session)
    assert released_until(session, change.id) == AUGUST_ENDS
    in_force = select(Coverage.covers_from).where(
        Coverage.contract_id == change.id, Coverage.taken_back_at.is_(None)
    )
    assert session.scalars(in_force).all() == [date(2026, 7, 6)]
    assert find_broken_coverages(session) == []
