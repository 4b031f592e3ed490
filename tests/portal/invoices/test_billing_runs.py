"""A day's billing: sets make the same invoices as the operation for one, once each, and without gaps."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calculator import BillingTerms, billing_period
from portal.banking.models.boleto import Boleto
from portal.banking.operations.boleto import issue_boletos
from portal.banking.queries.account import boleto_account
from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk, BillingRun, Invoice, VoidedNumber
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.books import find_broken_receivables, find_broken_sums, find_missing_numbers
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Subscription
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.portal.subscriptions.test_migrating import a_filled_house, begun_by_the_day
from tests.support.made_rows import made_by

FIFTH_OF_JULY = date(2026, 7, 5)
NOW = at_sao_paulo(FIFTH_OF_JULY, 6)
FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)

TABLES = {
    "invoices": "SELECT * FROM invoices WHERE issued_at = :now ORDER BY contract_id, installment_number",
    "lines": "SELECT contract_id, installment_number, position, code, label, quantity, line.amount_cents"
    " FROM invoice_lines AS line JOIN invoices ON invoices.id = invoice_id"
    " WHERE issued_at = :now ORDER BY 1, 2, 3",
    "postings": "SELECT postings.* FROM postings WHERE booked_at = :now ORDER BY invoice_id",
    "subscriptions": "SELECT * FROM subscriptions ORDER BY contract_id",
    "boletos": "SELECT boletos.* FROM boletos JOIN invoices ON invoices.id = invoice_id"
    " WHERE boletos.issued_at = :now ORDER BY contract_id, installment_number",
}
GIVEN_OUT = {"id", "invoice_id", "chunk_id", "key"}


def run(session: Session, day: date = FIFTH_OF_JULY) -> list[BillingChunk]:
    """Plan a day and do its chunks, as the queue would."""
    now = at_sao_paulo(day, 6)
    plan_run(session, day=day, now=now)
    waiting = select(BillingChunk).where(BillingChunk.done_at.is_(None)).order_by(BillingChunk.id)
    chunks = list(session.scalars(waiting))
    for chunk in chunks:
        bill_chunk(session, chunk.id, now=now)
        issue_boletos(session, chunk_id=chunk.id, account=boleto_account(session), now=now)
    session.expire_all()
    return chunks


def one_by_one(session: Session) -> None:
    """Make the same invoices by the operation for one."""
    due = (
        select(Subscription.contract_id, Subscription.next_number)
        .where(Subscription.next_due_on <= date(2026, 7, 15))
        .order_by(Subscription.id)
    )
    for contract_id, number in session.execute(due).all():
        contract = load_contract(session, contract_id)
        issue_installment(session, contract=contract, number=number, now=NOW)


def what_is_made(session: Session, way: Callable[[Session], object]) -> dict[str, list[dict[str, Any]]]:
    """The rows as they are after one way of billing, which is taken back."""
    return made_by(session, way, TABLES, but=GIVEN_OUT, now=NOW)


def active(session: Session, house: House | None = None, **selection: Any) -> Contract:
    house = house or make_house(session)
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, **selection)


def subscription_of(session: Session, contract: Contract) -> Subscription:
    return session.scalars(select(Subscription).where(Subscription.contract_id == contract.id)).one()


def invoices_of(session: Session, contract: Contract) -> list[Invoice]:
    statement = select(Invoice).where(Invoice.contract_id == contract.id, Invoice.installment_number > 1)
    return list(session.scalars(statement.order_by(Invoice.installment_number)))


class TestASet:
    @pytest.mark.deep
    def test_makes_the_rows_the_operation_makes_one_by_one(self, session: Session) -> None:
        a_filled_house(session)
        begun_by_the_day(session)
        end_contracts(session, now=at_sao_paulo(date(2026, 7, 16), 2))
        by_sets, singly = what_is_made(session, run), what_is_made(session, one_by_one)
        assert len(singly["invoices"]) >= 10
        for name in TABLES:
            assert by_sets[name] == singly[name], name

    @pytest.mark.deep
    def test_gives_numbers_one_after_the_other(self, session: Session) -> None:
        house = make_house(session)
        contracts = [active(session, house) for _ in range(3)]
        first = session.scalars(select(Invoice.number).order_by(Invoice.number.desc())).first() or 0
        (chunk,) = run(session)
        numbers = [invoice.number for contract in contracts for invoice in invoices_of(session, contract)]
        assert numbers == [first + 1, first + 2, first + 3]
        assert (chunk.invoiced, chunk.invoiced_cents, chunk.parked) == (3, 3 * 199_90, 0)
        assert find_missing_numbers(session) == []
        assert find_broken_sums(session) == [] == find_broken_receivables(session)

    def test_can_be_paid_like_any_other_invoice(self, session: Session) -> None:
        contract = active(session)
        run(session)
        (invoice,) = invoices_of(session, contract)
        pay(session, invoice_id=invoice.id, amount_cents=199_90, now=NOW)
        assert invoice.state is InvoiceState.PAID


class TestItsBoletos:
    def test_are_given_once(self, session: Session) -> None:
        active(session)
        (chunk,) = run(session)
        boletos = select(func.count(Boleto.id)).where(Boleto.issued_at == NOW)
        assert session.scalar(boletos) == 1
        assert issue_boletos(session, chunk_id=chunk.id, account=boleto_account(session), now=NOW) == 0
        assert session.scalar(boletos) == 1

    @pytest.mark.deep
    def test_are_not_given_to_what_was_paid_meanwhile(self, session: Session) -> None:
        contract = active(session)
        plan_run(session, day=FIFTH_OF_JULY, now=NOW)
        chunk = session.scalars(select(BillingChunk)).one()
        bill_chunk(session, chunk.id, now=NOW)
        (invoice,) = invoices_of(session, contract)
        pay(session, invoice_id=invoice.id, amount_cents=199_90, now=NOW)
        assert issue_boletos(session, chunk_id=chunk.id, account=boleto_account(session), now=NOW) == 0


class TestADay:
    def test_bills_what_falls_due_within_ten_days(self, session: Session) -> None:
        contract = active(session)
        assert run(session, date(2026, 7, 4)) == []
        run(session, FIFTH_OF_JULY)
        (invoice,) = invoices_of(session, contract)
        assert (invoice.due_on, invoice.state) == (date(2026, 7, 15), InvoiceState.OPEN)

    def test_bills_nothing_twice(self, session: Session) -> None:
        contract = active(session)
        run(session)
        assert run(session) == []
        assert len(invoices_of(session, contract)) == 1
        assert session.scalars(select(BillingRun.day)).all() == [FIFTH_OF_JULY]

    @pytest.mark.deep
    def test_goes_on_where_somebody_billed_by_hand(self, session: Session) -> None:
        contract = active(session)
        issue_installment(session, contract=load_contract(session, contract.id), number=2, now=NOW)
        assert run(session) == []
        run(session, date(2026, 8, 5))
        assert [invoice.due_on for invoice in invoices_of(session, contract)] == [
            date(2026, 7, 15),
            date(2026, 8, 15),
        ]

    def test_does_not_plan_again_what_waits_to_be_done(self, session: Session) -> None:
        active(session)
        assert plan_run(session, day=FIFTH_OF_JULY, now=NOW) == 1
        assert plan_run(session, day=FIFTH_OF_JULY, now=NOW) == 0

    def test_bills_nothing_after_the_end(self, session: Session) -> None:
        contract = active(session)
        subscription = subscription_of(session, contract)
        subscription.bills_until = date(2026, 8, 14)
        run(session)
        assert (len(invoices_of(session, contract)), subscription.next_due_on) == (1, None)
        assert run(session, date(2026, 8, 5)) == []

    @pytest.mark.deep
    def test_made_late_is_due_when_it_is_made(self, session: Session) -> None:
        late = date(2026, 7, 20)
        by_set, singly = active(session), active(session)
        issue_installment(
            session, contract=load_contract(session, singly.id), number=2, now=at_sao_paulo(late, 6)
        )
        run(session, late)
        for contract in (by_set, singly):
            (invoice,) = invoices_of(session, contract)
            assert (invoice.due_on, invoice.due_month) == (late, date(2026, 7, 1))
            assert invoice.period_from == date(2026, 8, 1), "what is paid for stays"

    def test_done_twice_by_a_kill_leaves_the_same(self, session: Session) -> None:
        contract = active(session)
        (chunk,) = run(session)
        bill_chunk(session, chunk.id, now=NOW)
        assert len(invoices_of(session, contract)) == 1


class TestNumbersThatDoNotFit:
    def spoil(self, session: Session, contract: Contract) -> None:
        session.execute(
            update(Subscription).where(Subscription.contract_id == contract.id).values(monthly_cents=123_45)
        )

    def test_park_their_contract_with_the_reason_and_bill_the_others(self, session: Session) -> None:
        house = make_house(session)
        spoiled, sound = active(session, house), active(session, house)
        self.spoil(session, spoiled)
        (chunk,) = run(session)
        assert subscription_of(session, spoiled).parked_reason == (
            "Mensalidade 2: os itens somam R$\xa0199,90 no ciclo, e o contrato diz R$\xa0123,45."
        )
        assert invoices_of(session, spoiled) == []
        assert len(invoices_of(session, sound)) == 1
        assert (chunk.count, chunk.invoiced, chunk.parked) == (2, 1, 1)

    def test_leave_a_number_that_is_explained(self, session: Session) -> None:
        self.spoil(session, active(session))
        (chunk,) = run(session)
        voided = session.scalars(select(VoidedNumber)).one()
        assert (voided.number, voided.chunk_id) == (chunk.first_number, chunk.id)
        assert find_missing_numbers(session) == []

    def test_are_passed_by_until_somebody_lets_them_go_on(self, session: Session) -> None:
        contract = active(session)
        self.spoil(session, contract)
        run(session)
        assert run(session, date(2026, 7, 6)) == []

    def test_which_only_the_database_sees_park_that_contract_alone(self, session: Session) -> None:
        house = make_house(session)
        refused, sound = active(session, house), active(session, house)
        run(session)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            update(Subscription).where(Subscription.contract_id == refused.id).values(place_shift=-1)
        )
        session.execute(text("SET LOCAL session_replication_role = origin"))
        (chunk,) = run(session, date(2026, 8, 5))
        assert len(invoices_of(session, sound)) == 2
        assert subscription_of(session, refused).parked_reason == (
            "O banco de dados recusou a fatura: uq_invoices_contract_id_term_number_payment_number."
        )
        assert (chunk.invoiced, chunk.parked) == (1, 1)


class TestTheDatabase:
    @pytest.mark.deep
    def test_refuses_an_invoice_born_open_outside_of_a_chunk(self, session: Session) -> None:
        contract = active(session)
        run(session)
        copied = (
            "INSERT INTO invoices (number, chunk_id, contract_id, partner_id, customer_id, kind, billed_to,"
            " payer_name, payer_document, payment_method, installment_number, term_number, payment_number,"
            " due_month, due_on, period_from, period_until, grace_until, amount_cents, currency, explanation,"
            " created_at, state, issued_at, paid_cents, void_reason)"
            " SELECT number + 1, {chunk}, contract_id, partner_id, customer_id, kind, billed_to, payer_name,"
            " payer_document, payment_method, 99, 99, 1, due_month, due_on, period_from, period_until,"
            " grace_until, amount_cents, currency, explanation, created_at, state, issued_at, paid_cents,"
            " void_reason FROM invoices WHERE contract_id = :id AND installment_number = 2"
        )
        for chunk in ("NULL", "chunk_id"):
            with pytest.raises(IntegrityError, match="begins as a draft"), session.begin_nested():
                session.execute(text(copied.format(chunk=chunk)), {"id": contract.id})

    def test_closes_no_chunk_whose_invoices_do_not_add_up(self, session: Session) -> None:
        active(session)
        plan_run(session, day=FIFTH_OF_JULY, now=NOW)
        chunk = session.scalars(select(BillingChunk)).one()
        chunk.done_at, chunk.invoiced, chunk.invoiced_cents, chunk.parked = NOW, 0, 0, 0
        with pytest.raises(IntegrityError, match="not explained"), session.begin_nested():
            session.flush()


days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
terms = st.builds(
    BillingTerms,
    starts_on=days,
    months=st.sampled_from((1, 3, 6, 12)),
    payments=st.just(1),
    due_day=st.integers(1, 31),
    proportional=st.booleans(),
).flatmap(lambda terms: st.builds(terms._replace, payments=st.integers(1, terms.months)))
PERIOD = text(
    "SELECT * FROM billing_period(CAST(:day AS date), :months, :payments, :due, CAST(:ends AS date), :number)"
)


class TestThePeriodOfThe:
    @settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(terms=terms, number=st.integers(2, 60))
    def test_database_is_the_calculators(self, session: Session, terms: BillingTerms, number: int) -> None:
        first = billing_period(terms, 1)
        ends = first.ends_on if terms.proportional else None
        asked = {
            "day": terms.starts_on,
            "months": terms.months,
            "payments": terms.payments,
            "due": terms.due_day,
            "ends": ends,
            "number": number,
        }
        assert tuple(session.execute(PERIOD, asked).one()) == tuple(billing_period(terms, number))[1:]
