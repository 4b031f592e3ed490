"""A payment under a contract that says: first late fee and interest, then the invoice. Figures by hand.

The invoice is of R$ 199,90, due on Wednesday 15/07/2026. Ten days later it costs 4,00 and 0,67 more.
"""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.agreements.operations.breaking import break_agreement
from portal.contracts.models import Contract
from portal.contracts.operations.templates import write_template
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.documents.queries import read_paper
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.settling_sets import lock_plain_invoices
from portal.invoices.queries.late_charges import due_of_each, due_on_day
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, ParkedPayment
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.receiving import ParkReason, PaymentOutcome
from portal.receipts.rules.returning import ReturnCause
from portal.settings.rules.names import Name
from portal.shared.clock import at_sao_paulo
from tests.factories.agreements import pay_part, signed
from tests.factories.contracts import make_contract
from tests.factories.overdue import nights
from tests.factories.quotes import NOON, House, make_house
from tests.factories.settings import set_to
from tests.portal.contracts.test_generating import words_of
from tests.portal.invoices.test_billing_runs import one_by_one, run, what_is_made
from tests.portal.receipts.test_late_payments import FIRST_OF_JUNE, books_are_right, come

TEN_DAYS, THIRTY_DAYS = date(2026, 7, 25), date(2026, 8, 14)


def at(day: date) -> datetime:
    return at_sao_paulo(day, 12)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    """Signed while charges come first; the setting has changed since."""
    return signed_with(session, house, first=1)


def signed_with(session: Session, house: House, *, first: int) -> Contract:
    set_to(session, Name.CHARGES_FIRST, first)
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
    set_to(session, Name.CHARGES_FIRST, 1 - first)
    return load_contract(session, contract.id)


@pytest.fixture
def invoice(session: Session, contract: Contract) -> Invoice:
    return issue_installment(session, contract=contract, number=2, now=at_sao_paulo(date(2026, 7, 5), 9))


def charged(session: Session, invoice: Invoice) -> list[tuple[int, int, int, int, int, int]]:
    rows = session.scalars(select(LateCharge).filter_by(invoice_id=invoice.id).order_by(LateCharge.id))
    return [
        (c.base_cents, c.days_late, c.late_fee_cents, c.late_interest_cents, c.paid_cents, c.open_cents)
        for c in rows
    ]


def costs(session: Session, invoice: Invoice, day: date) -> tuple[int, int, int, int]:
    """The face, fee, interest, and what is left of earlier charges."""
    due = due_on_day(session, invoice, day)
    assert [due] == list(due_of_each(session, [invoice], day))
    return due.face_cents, due.late_fee_cents, due.late_interest_cents, due.earlier_cents


class TestAPartOfAnInvoice:
    @pytest.mark.deep
    def test_pays_its_charges_first_and_the_rest_bears_interest_from_then_on(
        self, session: Session, invoice: Invoice
    ) -> None:
        come(session, invoice, 100_00, at(TEN_DAYS))
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_67, 0)]
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 104_57)  # 199,90 − 95,33
        # The fee is paid; twenty more days of 1 % a month of 104,57 are 0,6971…
        assert costs(session, invoice, THIRTY_DAYS) == (104_57, 0, 70, 0)
        come(session, invoice, 105_27, at(THIRTY_DAYS))
        assert charged(session, invoice)[1] == (104_57, 30, 0, 70, 70, 0)
        assert invoice.state is InvoiceState.PAID
        assert books_are_right(session)

    def test_of_less_than_its_charges_pays_a_part_of_them(self, session: Session, invoice: Invoice) -> None:
        come(session, invoice, 4_00, at(TEN_DAYS))
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_00, 67)]
        assert costs(session, invoice, TEN_DAYS) == (199_90, 0, 0, 67)
        # Twenty days of 199,90: 1,3326…; what is left of charges bears none.
        assert costs(session, invoice, THIRTY_DAYS) == (199_90, 0, 1_33, 67)
        come(session, invoice, 201_90, at(THIRTY_DAYS))
        assert invoice.state is InvoiceState.PAID
        assert books_are_right(session)

    @pytest.mark.deep
    def test_before_it_is_late_pays_the_invoice(self, session: Session, invoice: Invoice) -> None:
        come(session, invoice, 100_00, at(date(2026, 7, 15)))
        assert costs(session, invoice, TEN_DAYS) == (99_90, 2_00, 33, 0)
        assert charged(session, invoice) == []

    @pytest.mark.deep
    def test_is_the_face_of_a_boleto_paid_late_by_whomever(self, session: Session, invoice: Invoice) -> None:
        come(session, invoice, 199_90, at(TEN_DAYS), by="")
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 4_67)
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_67, 0)]
        parked = come(session, invoice, 4_00, at(TEN_DAYS), by="")
        assert parked.outcome is PaymentOutcome.PARKED
        assert session.scalars(select(ParkedPayment)).one().reason is ParkReason.WRONG_AMOUNT
        assert books_are_right(session)


class TestAllOfIt:
    @pytest.mark.deep
    def test_is_paid_whole_and_what_is_more_is_credit(self, session: Session, invoice: Invoice) -> None:
        come(session, invoice, 210_00, at(TEN_DAYS))
        assert charged(session, invoice) == [(199_90, 10, 4_00, 67, 4_67, 0)]
        assert invoice.state is InvoiceState.PAID
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 5_43
        assert books_are_right(session)

    def test_goes_one_by_one_once_something_was_charged(self, session: Session, invoice: Invoice) -> None:
        assert set(lock_plain_invoices(session, [invoice.id])) == {invoice.id}
        come(session, invoice, 100_00, at(TEN_DAYS))
        assert lock_plain_invoices(session, [invoice.id]) == {}

    @pytest.mark.deep
    def test_that_goes_back_leaves_what_lateness_cost_so_far(
        self, session: Session, invoice: Invoice
    ) -> None:
        payment = come(session, invoice, 204_57, at(TEN_DAYS))
        back = Asked(cause=ReturnCause.UNDONE, key="u1", amount_cents=204_57, reason="Desfeito", is_done=True)
        take_payment_back(session, payment_id=payment.id, asked=back, actor=None, now=at(TEN_DAYS))
        assert invoice.state is InvoiceState.OPEN
        assert costs(session, invoice, THIRTY_DAYS) == (199_90, 0, 1_33, 4_67)
        assert books_are_right(session)


class TestAnAgreementThatBreaks:
    @pytest.mark.deep
    def test_charges_for_all_that_was_open_when_a_part_came(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        nights(session, date(2026, 7, 5), date(2026, 7, 6))
        (invoice,) = session.scalars(select(Invoice).where(Invoice.installment_number == 2)).all()
        tenth = at_sao_paulo(date(2026, 8, 10), 10)  # 26 days: 4,00 and 1,73
        agreement = signed(session, house.customer.id, tenth)
        assert contract.id == invoice.contract_id
        pay_part(session, agreement, 0, tenth)  # 41,13, of which a part is charges
        kept = invoice.paid_cents
        assert 0 < kept <= 41_13
        break_agreement(session, agreement_id=agreement.id, reason="Não pagou", actor=None, now=tenth)
        ((base, days, fee, interest, _paid, _open),) = charged(session, invoice)
        assert (base, days, fee, interest) == (199_90, 26, 4_00, 1_73)
        assert costs(session, invoice, date(2026, 8, 10))[:3] == (199_90 - kept, 0, 0)


class TestTheOrder:
    @pytest.mark.deep
    def test_is_that_of_the_signed_contract_whatever_the_setting_says(
        self, session: Session, house: House
    ) -> None:
        last, first = signed_with(session, house, first=0), signed_with(session, house, first=1)
        by_sets, singly = what_is_made(session, run), what_is_made(session, one_by_one)
        assert by_sets["invoices"] == singly["invoices"]
        run(session)
        found = session.scalars(select(Invoice).where(Invoice.installment_number == 2)).all()
        assert {each.contract_id: each.charges_first for each in found} == {last.id: False, first.id: True}
        for each in found:
            come(session, each, 100_00, at(TEN_DAYS))
        # 95,33 of one is paid, and 100,00 of the other with 2,00 and 0,33 of charges left.
        assert {each.contract_id: each.open_cents for each in found} == {last.id: 99_90, first.id: 104_57}

    @pytest.mark.deep
    def test_stands_in_the_paper(self, session: Session, house: House) -> None:
        for value, words in (
            (0, "primeiro o valor da fatura e por último a multa e os juros"),
            (1, "primeiro a multa e os juros e por último o valor da fatura"),
        ):
            set_to(session, Name.CHARGES_FIRST, value)
            contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
            assert contract.file_id is not None
            assert f"quita, nesta ordem, {words}." in words_of(read_paper(session, contract.file_id))
            assert contract.charges_first == bool(value)

    @pytest.mark.deep
    def test_is_not_changed_by_a_paper_that_does_not_say_it(self, session: Session, house: House) -> None:
        set_to(session, Name.CHARGES_FIRST, 1)
        text = "# Atraso\nMulta de {multa}."
        make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        write_template(session, clauses=text, note="Curto", based_on=1, actor=house.admin, now=NOON)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert not contract.charges_first
