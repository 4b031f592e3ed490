"""Money that goes back of a payment takes with it what came of it: books, service, charges, repasse."""

from datetime import date, datetime

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseReversal
from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.models.returning import CreditReturn, PaymentReturn
from portal.receipts.operations.credit import apply_credit
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.receiving import Payer
from portal.receipts.rules.returning import Back, MoreThanLeft, ReturnCause, StillParked, spread_back
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.queries.coverage import list_coverages, released_until
from tests.factories.contracts import make_contract
from tests.factories.payments import available_cents, pay
from tests.factories.payouts import close_month, lots_of, make_finance
from tests.factories.quotes import make_house

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
ON_TIME = at_sao_paulo(date(2026, 7, 14), 12)
TEN_DAYS_LATE = at_sao_paulo(date(2026, 7, 25), 12)
AUGUST = at_sao_paulo(date(2026, 8, 3), 12)


def invoice_of(session: Session, number: int = 2) -> Invoice:
    """199,90 due on the 15th, of a contract active since 01/06; of it 101,43 are repasse."""
    known = session.scalars(select(Invoice).order_by(Invoice.id)).first()
    if known is None:
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        contract_id = contract.id
    else:
        contract_id = known.contract_id
    return issue_installment(
        session,
        contract=load_contract(session, contract_id),
        number=number,
        now=at_sao_paulo(date(2026, 5 + number, 5), 9),
    )


def come(session: Session, invoice: Invoice, cents: int, at: datetime, **changes: object) -> Payment:
    payment = pay(
        session,
        invoice_id=invoice.id,
        amount_cents=cents,
        payer=Payer(document=invoice.payer_document),
        now=at,
        **changes,
    )
    accrue_paid_invoice(session, invoice.id, now=at)
    return payment


def go_back(
    session: Session,
    payment: Payment,
    cents: int,
    *,
    key: str = "undone:1",
    cause: ReturnCause = ReturnCause.UNDONE,
    is_done: bool = True,
    at: datetime = AUGUST,
) -> PaymentReturn | None:
    asked = Asked(cause=cause, key=key, amount_cents=cents, reason="O banco desfez.", is_done=is_done)
    return take_payment_back(session, payment_id=payment.id, asked=asked, actor=None, now=at)


def repasse_taken(session: Session) -> list[tuple[int, int, str]]:
    rows = session.scalars(select(RepasseReversal).order_by(RepasseReversal.id))
    return [(row.paid_cents, row.repasse_cents, row.cause.value) for row in rows]


def is_whole(session: Session, now: datetime = AUGUST) -> bool:
    session.flush()
    broken = find_broken(session, since=None, now=now)
    assert [row for row in broken if row.invariant.key != "E2"] == []  # no mail leaves here
    return True


class TestAWholePaymentThatGoesBack:
    @pytest.mark.deep
    def test_leaves_the_invoice_owed_again_and_its_time_unpaid(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        assert released_until(session, invoice.contract_id) == date(2026, 8, 31)
        back = go_back(session, payment, 199_90)
        assert back is not None
        assert (back.face_cents, back.credit_cents, back.charges_cents) == (199_90, 0, 0)
        assert (invoice.state, invoice.open_cents, invoice.paid_at) == (InvoiceState.OPEN, 199_90, None)
        assert released_until(session, invoice.contract_id) == date(2026, 7, 31)
        assert repasse_taken(session) == [(-199_90, -101_43, "undone")]
        assert is_whole(session)

    def test_told_twice_goes_back_once(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        first = go_back(session, payment, 199_90)
        assert go_back(session, payment, 199_90) is first
        assert repasse_taken(session) == [(-199_90, -101_43, "undone")]

    @pytest.mark.deep
    def test_refunded_leaves_a_dispute_of_it_nothing(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        go_back(session, payment, 199_90, key="refund:1", cause=ReturnCause.REFUND)
        assert go_back(session, payment, 199_90, key="dispute:1", cause=ReturnCause.DISPUTE) is None
        assert repasse_taken(session) == [(-199_90, -101_43, "refund")]
        assert is_whole(session)

    @pytest.mark.deep
    def test_paid_again_gives_service_and_repasse_again(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        go_back(session, payment, 199_90)
        come(session, invoice, 207_10, AUGUST)  # late: 4,00 and 19 days of 1 % a month, 1,27 = 5,27
        assert invoice.state is InvoiceState.PAID
        assert released_until(session, invoice.contract_id) == date(2026, 8, 31)
        assert [row.number for row in list_coverages(session, invoice.contract_id)] == [1, 2]
        assert repasse_taken(session) == [(-199_90, -101_43, "undone"), (199_90, 101_43, "repaid")]
        assert available_cents(session, invoice) == 207_10 - 199_90 - 5_27
        assert is_whole(session)

    @pytest.mark.deep
    def test_after_the_payout_is_a_negative_line_of_the_next_statement(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        finance = make_finance(session)
        close_month(session, date(2026, 7, 1), actor=finance)
        (july,) = lots_of(session, invoice.partner_id)
        go_back(session, payment, 199_90)
        close_month(session, date(2026, 8, 1), actor=finance)
        august = lots_of(session, invoice.partner_id)[-1]
        assert (july.total_cents, august.reversed_cents, august.total_cents) == (202_86, -101_43, -101_43)
        assert is_whole(session, now=at_sao_paulo(date(2026, 9, 2), 9))

    @pytest.mark.deep
    def test_of_a_contracts_first_payment_takes_its_first_time(self, session: Session) -> None:
        make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        invoice = session.scalars(select(Invoice)).one()
        payment = session.scalars(select(Payment)).one()
        go_back(session, payment, payment.amount_cents)
        assert (invoice.state, released_until(session, invoice.contract_id)) == (InvoiceState.OPEN, None)
        come(session, invoice, 199_90, AUGUST)
        assert released_until(session, invoice.contract_id) == date(2026, 7, 31)
        assert is_whole(session)


class TestAPartThatGoesBack:
    @pytest.mark.deep
    def test_opens_the_invoice_for_that_part(self, session: Session) -> None:
        # 50,00 ÷ 199,90 of 101,43 are 25,3702 of repasse.
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        go_back(session, payment, 50_00)
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 50_00)
        assert repasse_taken(session) == [(-50_00, -25_37, "undone")]
        assert is_whole(session)

    @pytest.mark.deep
    def test_so_little_that_nobody_is_reminded_of_it_leaves_the_time_paid(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        go_back(session, payment, 4_99, key="refund:1")
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 4_99)
        assert released_until(session, invoice.contract_id) == date(2026, 8, 31)
        go_back(session, payment, 1, key="refund:2")
        assert released_until(session, invoice.contract_id) == date(2026, 7, 31)
        come(session, invoice, 5_00, ON_TIME, external_id="E" * 32)
        assert invoice.state is InvoiceState.PAID
        assert released_until(session, invoice.contract_id) == date(2026, 8, 31)
        assert [row.number for row in list_coverages(session, invoice.contract_id)] == [1, 2]
        assert is_whole(session)

    @pytest.mark.deep
    def test_and_is_paid_again_covers_the_time_once(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        go_back(session, payment, 3_00)
        come(session, invoice, 3_00, ON_TIME, external_id="E" * 32)
        assert invoice.state is InvoiceState.PAID
        assert [row.number for row in list_coverages(session, invoice.contract_id)] == [1, 2]
        assert is_whole(session)

    @pytest.mark.deep
    def test_is_followed_by_the_rest_to_the_centavo(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        for number, cents in enumerate((50_00, 49_95, 99_95)):
            go_back(session, payment, cents, key=f"refund:{number}")
        assert sum(row[1] for row in repasse_taken(session)) == -101_43
        assert is_whole(session)

    def test_is_no_more_than_is_left(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        go_back(session, payment, 150_00, key="refund:1")
        with pytest.raises(MoreThanLeft, match="devolver R\\$\xa049,90"):
            go_back(session, payment, 50_00, key="refund:2", is_done=False)
        cut = go_back(session, payment, 199_90, key="dispute:1")
        assert cut is not None
        assert cut.amount_cents == 49_90
        assert is_whole(session)


class TestALatePaymentThatGoesBack:
    @pytest.mark.deep
    def test_takes_its_charges_and_owes_none_of_them(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 204_57, TEN_DAYS_LATE)
        back = go_back(session, payment, 204_57)
        assert back is not None
        assert (back.face_cents, back.charges_cents) == (199_90, 4_67)
        charge = session.scalars(select(LateCharge)).one()
        assert (charge.returned_cents, charge.dropped_cents, charge.open_cents) == (4_67, 4_67, 0)
        due = due_on_day(session, invoice, date(2026, 8, 14))  # thirty days: 4,00 and 2,00
        assert (due.face_cents, due.charges_cents) == (199_90, 6_00)
        assert is_whole(session)

    @pytest.mark.deep
    def test_by_its_charges_alone_leaves_the_invoice_paid(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 204_57, TEN_DAYS_LATE)
        go_back(session, payment, 4_67)
        charge = session.scalars(select(LateCharge)).one()
        assert (invoice.state, charge.open_cents) == (InvoiceState.PAID, 4_67)
        assert repasse_taken(session) == []
        assert is_whole(session)

    def test_opens_the_few_centavos_let_go_as_well(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_85, ON_TIME)
        back = go_back(session, payment, 199_85)
        assert back is not None
        assert (back.face_cents, back.short_cents) == (199_85, 5)
        assert invoice.open_cents == 199_90
        assert is_whole(session)


class TestCreditThatGoesBack:
    @pytest.mark.deep
    def test_unused_opens_no_invoice(self, session: Session) -> None:
        invoice = invoice_of(session)
        come(session, invoice, 199_90, ON_TIME)
        twice = come(session, invoice, 199_90, ON_TIME)
        assert available_cents(session, invoice) == 199_90
        go_back(session, twice, 199_90)
        assert (invoice.state, available_cents(session, invoice)) == (InvoiceState.PAID, 0)
        assert repasse_taken(session) == []
        assert is_whole(session)

    def test_used_meanwhile_is_owed_again_where_it_paid(self, session: Session) -> None:
        invoice = invoice_of(session)
        come(session, invoice, 199_90, ON_TIME)
        twice = come(session, invoice, 199_90, ON_TIME)
        third = invoice_of(session, 3)
        apply_credit(session, invoice_id=third.id, actor=None, now=AUGUST)
        accrue_paid_invoice(session, third.id, now=AUGUST)
        assert third.state is InvoiceState.PAID
        go_back(session, twice, 199_90)
        assert (invoice.state, third.state, third.open_cents) == (
            InvoiceState.PAID,
            InvoiceState.OPEN,
            199_90,
        )
        assert repasse_taken(session) == [(-199_90, -101_43, "undone")]
        assert is_whole(session)

    @pytest.mark.deep
    def test_of_a_credit_note_is_taken_before_the_invoice(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        issue_credit_note(
            session,
            invoice_id=invoice.id,
            amount_cents=50_00,
            reason="Serviço parado",
            seen_cents=0,
            actor=make_finance(session),
            now=AUGUST,
        )
        accrue_paid_invoice(session, invoice.id, now=AUGUST)
        assert repasse_taken(session) == [(-50_00, -25_37, "credit_note")]
        go_back(session, payment, 50_00, key="refund:1", cause=ReturnCause.REFUND)
        assert (invoice.state, available_cents(session, invoice)) == (InvoiceState.PAID, 0)
        assert len(repasse_taken(session)) == 1
        assert is_whole(session)
        go_back(session, payment, 149_90, key="dispute:1", cause=ReturnCause.DISPUTE)
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 149_90)
        assert sum(row[1] for row in repasse_taken(session)) == -101_43
        assert is_whole(session)


class TestAPaymentToCheck:
    def test_waits_for_finance(self, session: Session) -> None:
        payment = pay(session, invoice_id=None)
        with pytest.raises(StillParked):
            go_back(session, payment, 199_90)


class TestTheDatabase:
    @pytest.mark.deep
    def test_refuses_more_than_came_in(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        row = go_back(session, payment, 150_00)
        assert row is not None
        values = {
            column.name: getattr(row, column.name)
            for column in PaymentReturn.__table__.columns
            if column.name != "id"
        }
        with pytest.raises(IntegrityError, match="more goes back than came in"), session.begin_nested():
            session.execute(insert(PaymentReturn).values(values | {"cause_key": "other"}))

    @pytest.mark.deep
    def test_keeps_what_went_back(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        go_back(session, payment, 150_00)
        for statement in (update(PaymentReturn).values(reason="x"), delete(PaymentReturn)):
            with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
                session.execute(statement)

    def test_refuses_an_invoice_that_is_less_paid_than_its_ledger(self, session: Session) -> None:
        invoice = invoice_of(session)
        come(session, invoice, 199_90, ON_TIME)
        change = update(Invoice).where(Invoice.id == invoice.id)
        with pytest.raises(IntegrityError, match="shrinks by what went back"), session.begin_nested():
            session.execute(change.values(state="open", paid_at=None, paid_cents=0))

    @pytest.mark.deep
    def test_refuses_credit_beyond_its_return(self, session: Session) -> None:
        invoice = invoice_of(session)
        come(session, invoice, 199_90, ON_TIME)
        twice = come(session, invoice, 199_90, ON_TIME)
        row = go_back(session, twice, 100_00)
        credit = session.scalars(select(CustomerCredit)).one()
        assert row is not None
        more = {"return_id": row.id, "credit_id": credit.id, "amount_cents": 1}
        with pytest.raises(IntegrityError, match="of its return"), session.begin_nested():
            session.execute(insert(CreditReturn).values(more))


def test_what_goes_back_leaves_the_face_value_to_the_last() -> None:
    parts = {"credit_cents": 10, "surplus_cents": 2, "charges_cents": 5, "face_cents": 100}
    assert spread_back(14, **parts) == Back(10, 2, 2, 0, 0)
    assert spread_back(120, **parts) == Back(10, 2, 5, 100, 3)
