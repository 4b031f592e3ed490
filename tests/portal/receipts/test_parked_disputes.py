"""Money nobody has placed yet that who paid contests: it waits, goes back or stays; the books agree (M5)."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.ledger import Account
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.disputing import take_dispute
from portal.receipts.operations.parked import assign_to_invoice, decide, make_credit, mark_returned
from portal.receipts.rules.disputes import DisputeState, DisputeTold, HeldByDispute
from portal.receipts.rules.receiving import AlreadyResolved, PaymentOutcome, PaymentSource
from portal.shared.auth import Role
from portal.tasks.models import Task
from tests.factories.payments import A_DAY_LATER as NOW
from tests.factories.payments import available_cents, pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.portal.receipts.test_returning import invoice_of
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

AMOUNT = 199_90


def park(session: Session) -> Payment:
    """A card's payment of R$ 199,90 that the processor knows and no invoice asked for."""
    return pay(session, invoice_id=None, source="card", facts={"found_by": "comparison"}, now=NOW)


def parked_of(session: Session, payment: Payment) -> ParkedPayment:
    return session.scalars(select(ParkedPayment).filter_by(payment_id=payment.id)).one()


def told(state: str = "open", *moved: str, after: int = 0, cents: int = AMOUNT, **said: Any) -> DisputeTold:
    values: dict[str, Any] = {
        "external_id": "dp_1",
        "amount_cents": cents,
        "reason": "fraudulent",
        "state": DisputeState(state),
        "is_refundable": False,
        "is_withdrawn": "withdrawn" in moved,
        "is_reinstated": "reinstated" in moved,
        "due_at": NOW + timedelta(days=7),
        "at": NOW + timedelta(minutes=after),
    }
    return DisputeTold(**(values | said))


OPENED = told()
LOST = told("lost", "withdrawn", after=1)
WON = told("kept", after=2)
AGAIN = told("kept", "withdrawn", "reinstated", after=3)


def credit(session: Session, payment: Payment, invoice: Invoice) -> None:
    """Finance makes parked money credit of an invoice's payer."""
    make_credit(
        session,
        parked=parked_of(session, payment),
        payer=payer_of(invoice),
        reason="É da padaria",
        actor=make_finance(session),
        now=NOW,
    )


def assign(session: Session, payment: Payment, invoice: Invoice) -> None:
    """Finance uses parked money for an invoice."""
    assign_to_invoice(
        session,
        parked=parked_of(session, payment),
        invoice_id=invoice.id,
        reason="É da padaria",
        actor=make_finance(session),
        now=NOW,
    )


def send_back(session: Session, payment: Payment) -> None:
    """Finance sent parked money back by itself."""
    mark_returned(
        session,
        parked=parked_of(session, payment),
        reason="Engano de quem pagou",
        actor=make_finance(session),
        now=NOW,
    )


def tell(session: Session, payment: Payment, *said: DisputeTold) -> None:
    for each in said:
        take_dispute(session, payment=payment, told=each, now=NOW)
    session.flush()
    session.expire_all()


def require_books(session: Session) -> None:
    """The invariants hold, and what lies unidentified is what waits for finance."""
    session.flush()
    broken = find_broken(session, since=None, now=NOW)
    assert [row for row in broken if row.invariant.key not in {"E2", "L2"}] == []
    came, went = (
        session.scalar(select(func.coalesce(func.sum(Posting.amount_cents), 0)).where(side))
        for side in (
            Posting.credit_account == Account.UNIDENTIFIED,
            Posting.debit_account == Account.UNIDENTIFIED,
        )
    )
    back = select(func.coalesce(func.sum(PaymentReturn.amount_cents), 0)).where(
        PaymentReturn.payment_id == Payment.id
    )
    waits = select(func.coalesce(func.sum(Payment.amount_cents - back.scalar_subquery()), 0)).where(
        Payment.outcome == PaymentOutcome.PARKED
    )
    assert int(came or 0) - int(went or 0) == session.scalar(waits)


def state_of(session: Session) -> tuple[Any, ...]:
    """Disputes, what went back, and what became of each card payment; the books agree."""
    require_books(session)
    of_card = select(Payment).where(Payment.source == PaymentSource.CARD).order_by(Payment.id)
    return (
        [row.state.value for row in session.scalars(select(PaymentDispute).order_by(PaymentDispute.id))],
        list(session.scalars(select(PaymentReturn.amount_cents).order_by(PaymentReturn.id))),
        [(row.outcome.value, row.amount_cents) for row in session.scalars(of_card)],
    )


class TestADisputeOfParkedMoney:
    @pytest.mark.deep
    def test_is_a_row_and_a_task_and_nobody_decides_meanwhile(self, session: Session) -> None:
        payment, finance = park(session), make_finance(session)
        tell(session, payment, OPENED, OPENED)
        assert state_of(session) == (["open"], [], [("parked", AMOUNT)])
        dispute = session.scalars(select(PaymentDispute)).one()
        assert (dispute.invoice_id, dispute.partner_id, dispute.customer_id) == (None, None, None)
        assert session.scalars(select(Task.key).where(Task.closed_at.is_(None))).all() == [
            "dispute:card:dp_1"
        ]
        parked = parked_of(session, payment)
        for decision in (PaymentOutcome.RETURNED, PaymentOutcome.SETTLED):
            with pytest.raises(HeldByDispute, match="contestou este pagamento"):
                decide(
                    session,
                    parked=parked,
                    decision=decision,
                    invoice=invoice_of(session, 2 if decision is PaymentOutcome.RETURNED else 3),
                    reason="Engano",
                    actor=finance,
                    now=NOW,
                )
        with pytest.raises(HeldByDispute):
            mark_returned(session, parked=parked, reason="Engano", actor=finance, now=NOW)

    def test_holds_it_in_the_database_too(self, session: Session) -> None:
        payment = park(session)
        tell(session, payment, OPENED)
        make_house(session)
        contested, other = "who paid contests this payment", "a dispute is of its payment"
        for change, refusal in (
            ("UPDATE payments SET outcome = 'returned'", contested),
            ("UPDATE payments SET outcome = 'credited', partner_id = 1", contested),
            ("UPDATE payment_disputes SET partner_id = (SELECT min(id) FROM partners)", other),
        ):
            with pytest.raises(IntegrityError, match=refusal), session.begin_nested():
                session.execute(text(change))

    @pytest.mark.deep
    def test_that_is_lost_ends_as_returned(self, session: Session) -> None:
        payment = park(session)
        tell(session, payment, OPENED, LOST, LOST)
        assert state_of(session) == (["lost"], [AMOUNT], [("returned", AMOUNT)])
        parked = parked_of(session, payment)
        assert (parked.resolution, parked.resolved_by_id) == (PaymentOutcome.RETURNED, None)
        assert parked.return_id == session.scalars(select(PaymentReturn.id)).one()
        assert session.scalars(select(Task.result_note)).all() == [
            "Contestação encerrada: dinheiro devolvido."
        ]
        with pytest.raises(AlreadyResolved):
            mark_returned(session, parked=parked, reason="Engano", actor=make_finance(session), now=NOW)

    @pytest.mark.deep
    def test_that_is_won_is_decided_as_any_other(self, session: Session) -> None:
        payment, invoice = park(session), invoice_of(session)
        tell(session, payment, OPENED, WON)
        assert state_of(session) == (["kept"], [], [("parked", AMOUNT)])
        assign(session, payment, invoice)
        assert state_of(session)[2] == [("settled", AMOUNT)]
        dispute = session.scalars(select(PaymentDispute)).one()
        assert (dispute.invoice_id, dispute.partner_id) == (invoice.id, invoice.partner_id)

    @pytest.mark.deep
    def test_whose_money_comes_again_is_parked_again(self, session: Session) -> None:
        payment, invoice = park(session), invoice_of(session)
        tell(session, payment, OPENED, LOST, AGAIN)
        found = state_of(session)
        assert found == (["kept"], [AMOUNT], [("returned", AMOUNT), ("parked", AMOUNT)])
        again = session.scalars(select(Payment).where(Payment.outcome == PaymentOutcome.PARKED)).one()
        assert (again.key, again.origin_id) == ("card:dp_1:reinstated", payment.external_id)
        credit(session, again, invoice)
        assert state_of(session)[2] == [("returned", AMOUNT), ("credited", AMOUNT)]

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
    def test_comes_to_the_same_in_any_order_and_twice(self, session: Session, order: Sequence[int]) -> None:
        payment, events = park(session), (OPENED, LOST, WON, AGAIN)
        tell(session, payment, *(events[place] for place in order), *events)
        assert state_of(session) == (["kept"], [AMOUNT], [("returned", AMOUNT), ("parked", AMOUNT)])

    @pytest.mark.deep
    def test_of_a_part_leaves_the_rest_to_be_decided(self, session: Session) -> None:
        payment, invoice = park(session), invoice_of(session)
        part = told("lost", "withdrawn", cents=50_00)
        tell(session, payment, part)
        assert state_of(session) == (["lost"], [50_00], [("parked", AMOUNT)])
        credit(session, payment, invoice)
        assert state_of(session) == (["lost"], [50_00], [("credited", AMOUNT)])
        assert available_cents(session, invoice) == 149_90

    @pytest.mark.deep
    def test_of_what_finance_sent_back_before_takes_nothing_more(self, session: Session) -> None:
        payment = park(session)
        send_back(session, payment)
        tell(session, payment, OPENED, LOST, AGAIN)
        assert state_of(session) == (["kept"], [], [("returned", AMOUNT)])

    def test_of_what_finance_made_credit_of_takes_the_credit(self, session: Session) -> None:
        payment, invoice = park(session), invoice_of(session)
        credit(session, payment, invoice)
        tell(session, payment, OPENED, LOST)
        assert state_of(session) == (["lost"], [AMOUNT], [("credited", AMOUNT)])
        assert available_cents(session, invoice) == 0


class TestItsPages:
    @pytest.fixture
    def finance(self, transaction: Transaction, client_of: ClientOf) -> PortalClient:
        with transaction() as session:
            user_id = make_user(session, role=Role.FINANCE, name="Carla Freitas").id
        return client_of(user_id)

    def test_show_it_and_refuse_a_decision_in_words(
        self, transaction: Transaction, finance: PortalClient
    ) -> None:
        with transaction() as session:
            payment = park(session)
            payment_id, parked_id = payment.id, parked_of(session, payment).id
            tell(session, payment, OPENED)
        assert "1 à espera do banco" in finance.get("/financeiro").text
        assert "Contestado" in finance.get("/pagamentos/a-conferir").text
        page = f"/pagamentos/a-conferir/{parked_id}"
        shown = finance.get(page).text
        assert "Nada se decide até o banco terminar a análise" in shown
        assert "Marcar como devolvido" not in shown
        refused = finance.submit(page, {"reason": "Engano", "decisao": "devolver"})
        assert refused.status_code == 409
        assert "Quem pagou contestou este pagamento no banco." in refused.text
        with transaction() as session:
            tell(session, session.get_one(Payment, payment_id), LOST)
        assert "Pelo banco de quem pagou" in finance.get(page).text
        assert "Pelo banco de quem pagou" in finance.get(f"/pagamentos/{payment_id}").text
        assert "Nada a conferir" in finance.get("/pagamentos/a-conferir").text

    @pytest.mark.deep
    def test_say_what_is_left_when_a_part_went_back(
        self, transaction: Transaction, finance: PortalClient
    ) -> None:
        with transaction() as session:
            payment = park(session)
            parked_id = parked_of(session, payment).id
            tell(session, payment, told("lost", "withdrawn", cents=50_00))
        shown = finance.get(f"/pagamentos/a-conferir/{parked_id}").text
        assert "já voltaram R$\xa050,00, restam R$\xa0149,90" in shown
        assert "Marcar como devolvido" in shown
        assert "R$\xa0149,90" in finance.get("/financeiro").text
