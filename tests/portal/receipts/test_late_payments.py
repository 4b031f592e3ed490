"""Money that comes late, in parts, too much: what it pays, what stays open, what becomes of the credit."""

from datetime import date, datetime

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice, LateCharge, Posting
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.late_charges import waive_late_charges
from portal.invoices.queries.books import balance, find_broken_receivables
from portal.invoices.queries.late_charges import due_on_day, find_broken_late_charges
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.refusals import NothingToWaive
from portal.invoices.rules.states import InvoiceState
from portal.payouts.queries.books import find_broken_cash
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.queries.books import find_broken_matches
from portal.receipts.queries.credits import find_broken_credits
from portal.receipts.rules.receiving import CreditReason, Payer, PaymentOutcome
from portal.settings.rules.names import Name
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Refusal
from tests.factories.contracts import make_contract
from tests.factories.payments import available_cents, pay
from tests.factories.quotes import make_house
from tests.factories.settings import set_to
from tests.factories.users import actor_of, make_user

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TEN_DAYS_LATE = at_sao_paulo(date(2026, 7, 25), 12)  # due on Wednesday, 15/07


def second_invoice(session: Session) -> Invoice:
    """199,90 due on 15/07/2026, of a contract active since 01/06."""
    contract = make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
    invoice = issue_installment(
        session, contract=load_contract(session, contract.id), number=2, now=at_sao_paulo(date(2026, 7, 5), 9)
    )
    assert (invoice.amount_cents, invoice.due_on) == (199_90, date(2026, 7, 15))
    return invoice


def come(session: Session, invoice: Invoice, cents: int, at: datetime, *, by: str | None = None) -> Payment:
    payer = Payer(document=invoice.payer_document if by is None else by)
    count = session.scalar(select(func.count(Payment.id)))
    return pay(
        session, invoice_id=invoice.id, amount_cents=cents, external_id=f"late{count}", payer=payer, now=at
    )


def books_are_right(session: Session) -> bool:
    return not (
        find_broken_receivables(session)
        or find_broken_cash(session)
        or find_broken_matches(session)
        or find_broken_late_charges(session)
        or find_broken_credits(session)
    )


def on(session: Session, account: Account) -> int:
    return int(session.scalar(select(balance(account))) or 0)


class TestAnInvoicePaidLate:
    @pytest.mark.deep
    def test_with_its_charges_is_paid_whole_and_shows_them_apart(self, session: Session) -> None:
        invoice = second_invoice(session)
        due = due_on_day(session, invoice, date(2026, 7, 25))
        assert (due.late_fee_cents, due.late_interest_cents, due.total_cents) == (4_00, 67, 204_57)
        come(session, invoice, 204_57, TEN_DAYS_LATE)
        charge = session.scalars(select(LateCharge)).one()
        assert (charge.days_late, charge.late_fee_cents, charge.late_interest_cents) == (10, 4_00, 67)
        assert (invoice.state, charge.paid_cents, charge.open_cents) == (InvoiceState.PAID, 4_67, 0)
        assert on(session, Account.LATE_CHARGES) == -4_67
        assert books_are_right(session)

    def test_without_them_is_paid_and_leaves_them_open_until_they_come(self, session: Session) -> None:
        invoice = second_invoice(session)
        come(session, invoice, 199_90, TEN_DAYS_LATE)
        charge = session.scalars(select(LateCharge)).one()
        assert (invoice.state, charge.open_cents) == (InvoiceState.PAID, 4_67)
        later = come(session, invoice, 4_67, at_sao_paulo(date(2026, 8, 1), 12))
        assert (later.outcome, charge.open_cents) == (PaymentOutcome.SETTLED, 0)
        assert session.scalar(select(func.count(CustomerCredit.id))) == 0
        assert books_are_right(session)

    @pytest.mark.deep
    def test_is_free_of_charges_until_the_bank_day_after_a_weekend(self, session: Session) -> None:
        contract = load_contract(session, second_invoice(session).contract_id)
        third = issue_installment(session, contract=contract, number=3, now=at_sao_paulo(date(2026, 8, 5), 9))
        assert third.due_on == date(2026, 8, 15)  # a Saturday
        assert due_on_day(session, third, date(2026, 8, 17)).charges_cents == 0
        assert due_on_day(session, third, date(2026, 8, 18)).charges_cents == 4_00 + 7  # one day

    @pytest.mark.deep
    def test_in_parts_is_charged_for_each_part_by_its_days(self, session: Session) -> None:
        invoice = second_invoice(session)
        come(session, invoice, 100_00, at_sao_paulo(date(2026, 7, 14), 12))
        assert (invoice.open_cents, session.scalar(select(func.count(LateCharge.id)))) == (99_90, 0)
        come(session, invoice, 50_00, TEN_DAYS_LATE)  # 1,00 and 0,17
        come(session, invoice, 49_90, at_sao_paulo(date(2026, 8, 14), 12))  # thirty days: 1,00 and 0,50
        charges = session.scalars(select(LateCharge).order_by(LateCharge.id)).all()
        assert [(c.base_cents, c.total_cents) for c in charges] == [(50_00, 1_17), (49_90, 1_50)]
        assert invoice.state is InvoiceState.PAID
        assert books_are_right(session)

    def test_settles_by_a_few_centavos_less_and_notes_them(self, session: Session) -> None:
        invoice = second_invoice(session)
        come(session, invoice, 199_85, at_sao_paulo(date(2026, 7, 10), 12), by="")
        assert (invoice.state, on(session, Account.DIFFERENCES)) == (InvoiceState.PAID, 5)
        assert books_are_right(session)

    @pytest.mark.deep
    def test_settles_by_the_difference_in_force(self, session: Session) -> None:
        invoice = second_invoice(session)
        set_to(session, Name.TOLERANCE_CENTS, 4)
        come(session, invoice, 199_85, at_sao_paulo(date(2026, 7, 10), 12))
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 5)
        set_to(session, Name.TOLERANCE_CENTS, 100)
        come(session, invoice, 1_05, at_sao_paulo(date(2026, 7, 10), 12))
        assert (invoice.state, on(session, Account.DIFFERENCES)) == (InvoiceState.PAID, -1_00)
        assert books_are_right(session)

    def test_of_a_contracts_first_payment_bears_no_charges(self, session: Session) -> None:
        make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        first = session.scalars(select(Invoice)).one()
        assert due_on_day(session, first, date(2027, 1, 1)).charges_cents == 0
        assert session.scalar(select(func.count(LateCharge.id))) == 0


class TestChargesLeftOpen:
    def test_are_waived_by_finance_with_a_reason(self, session: Session) -> None:
        invoice = second_invoice(session)
        come(session, invoice, 199_90, TEN_DAYS_LATE)
        finance = actor_of(make_user(session, role=Role.FINANCE))
        with pytest.raises(Refusal, match="motivo"):
            waive_late_charges(session, invoice_id=invoice.id, reason=" ", actor=finance, now=TEN_DAYS_LATE)
        cents = waive_late_charges(
            session, invoice_id=invoice.id, reason="Cliente antigo", actor=finance, now=TEN_DAYS_LATE
        )
        charge = session.scalars(select(LateCharge)).one()
        assert (cents, charge.open_cents, charge.waive_reason) == (4_67, 0, "Cliente antigo")
        with pytest.raises(NothingToWaive):
            waive_late_charges(session, invoice_id=invoice.id, reason="x", actor=finance, now=TEN_DAYS_LATE)
        assert books_are_right(session)

    @pytest.mark.deep
    @pytest.mark.parametrize(
        "values", [{"late_fee_cents": 1}, {"days_late": 1}, {"paid_cents": 5_00}, {"waived_cents": 1}]
    )
    def test_are_kept_by_the_database(self, session: Session, values: dict[str, int]) -> None:
        come(session, second_invoice(session), 199_90, TEN_DAYS_LATE)
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(LateCharge).values(**values))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(delete(LateCharge))


class TestCredit:
    @pytest.mark.deep
    def test_of_an_excess_pays_the_next_invoice(self, session: Session) -> None:
        invoice = second_invoice(session)
        come(session, invoice, 250_00, at_sao_paulo(date(2026, 7, 10), 12))
        credit = session.scalars(select(CustomerCredit)).one()
        assert (credit.amount_cents, credit.reason) == (50_10, CreditReason.EXCESS)
        contract = load_contract(session, invoice.contract_id)
        third = issue_installment(session, contract=contract, number=3, now=at_sao_paulo(date(2026, 8, 5), 9))
        assert (third.paid_cents, third.open_cents) == (50_10, 149_80)
        assert available_cents(session, third) == 0
        boletos = session.scalars(select(Boleto).where(Boleto.invoice_id == third.id)).all()
        assert [(b.amount_cents, b.state) for b in boletos] == [(149_80, BoletoState.ISSUED)]
        come(session, third, 149_80, at_sao_paulo(date(2026, 8, 14), 12))
        assert third.state is InvoiceState.PAID
        assert books_are_right(session)

    @pytest.mark.deep
    def test_of_a_payment_that_came_twice_pays_a_whole_invoice(self, session: Session) -> None:
        invoice = second_invoice(session)
        for _time in range(2):
            come(session, invoice, 199_90, at_sao_paulo(date(2026, 7, 10), 12))
        contract = load_contract(session, invoice.contract_id)
        third = issue_installment(session, contract=contract, number=3, now=at_sao_paulo(date(2026, 8, 5), 9))
        assert third.state is InvoiceState.PAID
        assert session.scalars(select(Boleto).where(Boleto.invoice_id == third.id)).all() == []
        assert books_are_right(session)

    @pytest.mark.deep
    def test_is_never_used_beyond_what_it_is(self, session: Session) -> None:
        invoice = second_invoice(session)
        come(session, invoice, 250_00, at_sao_paulo(date(2026, 7, 10), 12))
        credit = session.scalars(select(CustomerCredit)).one()
        use = {"credit_id": credit.id, "invoice_id": invoice.id, "used_at": TEN_DAYS_LATE}
        with pytest.raises(IntegrityError, match="more than the credit"), session.begin_nested():
            session.execute(insert(CreditUse).values(amount_cents=50_11, **use))

    def test_comes_from_the_payers_own_document_alone(self, session: Session) -> None:
        invoice = second_invoice(session)
        payment = come(session, invoice, 250_00, at_sao_paulo(date(2026, 7, 10), 12), by="52998224725")
        assert (payment.outcome, invoice.state) == (PaymentOutcome.PARKED, InvoiceState.OPEN)
        assert session.scalar(select(func.count(Posting.id)).where(Posting.kind == "late_charges")) == 0
        assert books_are_right(session)
