"""Credit pays late charges first or last, as agreed for its invoice. Figures by hand.

The invoice is of R$ 199,90, due on Wednesday 15/07/2026. Ten days later it costs 4,00 and 0,67 more.
"""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import Payment
from portal.receipts.operations.credit import apply_credit
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.queries.credits import find_broken_credits, usable_credits
from portal.receipts.rules.returning import ReturnCause
from portal.shared.clock import at_sao_paulo
from tests.factories.quotes import House, make_house
from tests.portal.receipts.test_charges_first import TEN_DAYS, THIRTY_DAYS, at, charged, costs, signed_with
from tests.portal.receipts.test_late_payments import books_are_right, come

JULY = at_sao_paulo(TEN_DAYS.replace(day=5), 9)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def first(session: Session, house: House) -> Contract:
    """Charges come first."""
    return signed_with(session, house, first=1)


@pytest.fixture
def last(session: Session, house: House) -> Contract:
    return signed_with(session, house, first=0)


def owed(session: Session, contract: Contract) -> Invoice:
    return issue_installment(session, contract=contract, number=2, now=JULY)


def credit(session: Session, contract: Contract, *cents: int) -> list[Payment]:
    """Money for what is paid already."""
    paid = find_first_invoice(session, contract.id)
    assert paid is not None
    return [come(session, paid, each, at(TEN_DAYS)) for each in cents]


def use(session: Session, invoice: Invoice, now: datetime) -> int:
    used = apply_credit(session, invoice_id=invoice.id, actor=None, now=now)
    assert books_are_right(session)
    assert find_broken_credits(session) == []
    return used


def left(session: Session, invoice: Invoice) -> list[int]:
    return [cents for _credit, cents in usable_credits(session, invoice)]


class TestCreditWhereChargesComeFirst:
    @pytest.mark.deep
    def test_pays_them_and_what_it_leaves_open_bears_interest_from_then_on(
        self, session: Session, first: Contract
    ) -> None:
        invoice = owed(session, first)
        credit(session, first, 100_00)
        assert use(session, invoice, at(TEN_DAYS)) == 100_00
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_67, 0)]
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 104_57)  # 199,90 − 95,33
        assert costs(session, invoice, THIRTY_DAYS) == (104_57, 0, 70, 0)

    @pytest.mark.deep
    def test_of_less_than_they_are_pays_a_part_of_them(self, session: Session, first: Contract) -> None:
        invoice = owed(session, first)
        credit(session, first, 4_00)
        assert use(session, invoice, at(TEN_DAYS)) == 4_00
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_00, 67)]
        assert invoice.open_cents == 199_90

    @pytest.mark.deep
    def test_of_several_payments_goes_on_where_the_first_ended(
        self, session: Session, first: Contract
    ) -> None:
        invoice = owed(session, first)
        credit(session, first, 3_00, 150_00, 100_00)
        assert use(session, invoice, at(TEN_DAYS)) == 204_57
        assert session.scalars(select(CreditUse.amount_cents).order_by(CreditUse.id)).all() == [
            3_00,
            150_00,
            51_57,
        ]
        assert (invoice.state, left(session, invoice)) == (InvoiceState.PAID, [48_43])

    def test_that_goes_back_is_owed_again_charges_and_all(self, session: Session, first: Contract) -> None:
        invoice = owed(session, first)
        (payment,) = credit(session, first, 100_00)
        use(session, invoice, at(TEN_DAYS))
        for cents, key, kept in ((50_00, "1", 149_90), (50_00, "2", 199_90)):
            back = Asked(cause=ReturnCause.UNDONE, key=key, amount_cents=cents, reason="Desfeito")
            take_payment_back(session, payment_id=payment.id, asked=back, actor=None, now=at(TEN_DAYS))
            # The first 4,67 that go back are charges: 45,33 of the invoice, and then the other 50,00.
            assert (invoice.open_cents, charged(session, invoice)[0][5]) == (kept, 4_67)
            assert books_are_right(session)
            assert find_broken_credits(session) == []


class TestCreditWhereChargesComeLast:
    @pytest.mark.deep
    def test_pays_the_invoice_then_them(self, session: Session, last: Contract) -> None:
        invoice = owed(session, last)
        credit(session, last, 201_00, 10_00)
        assert use(session, invoice, at(TEN_DAYS)) == 204_57
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_67, 0)]
        assert (invoice.state, left(session, invoice)) == (InvoiceState.PAID, [6_43])

    @pytest.mark.deep
    def test_leaves_them_open_where_it_is_the_invoice_alone(self, session: Session, last: Contract) -> None:
        invoice = owed(session, last)
        credit(session, last, 199_90)
        assert use(session, invoice, at(TEN_DAYS)) == 199_90
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 0, 4_67)]

    @pytest.mark.deep
    def test_is_not_used_up_for_a_few_centavos(self, session: Session, last: Contract) -> None:
        invoice = owed(session, last)
        credit(session, last, 199_95)
        assert use(session, invoice, JULY) == 199_90
        assert left(session, invoice) == [5]
