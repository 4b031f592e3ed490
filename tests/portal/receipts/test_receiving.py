"""Money that comes in, by whatever way."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.invoices.models import Invoice
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.books import cash_by_payment, find_broken_receivables
from portal.invoices.queries.reading import open_cents
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.operations.parked import (
    assign_to_invoice,
    confirm_proposal,
    decide,
    drop_proposal,
    make_credit,
    mark_returned,
)
from portal.receipts.rules.four_eyes import SecondMustBeAnother, WaitsForSecond
from portal.receipts.rules.receiving import (
    AlreadyResolved,
    CannotAssign,
    CreditReason,
    ParkReason,
    Payer,
    PaymentOutcome,
)
from portal.settings.models import Setting
from portal.shared.auth import Actor, Role
from portal.shared.db import db
from portal.shared.refusals import Refusal
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.payments import A_DAY_LATER, pay
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction


def finance(session: Session) -> Actor:
    return actor_of(make_user(session, role=Role.FINANCE))


def parked_of(session: Session, payment: Payment) -> ParkedPayment:
    return session.scalars(select(ParkedPayment).where(ParkedPayment.payment_id == payment.id)).one()


def books(session: Session) -> tuple[int, int]:
    """Cash by the ledger, and all payments in reais that were not sent back (invariant M5)."""
    kept = (Payment.currency == "BRL") & (Payment.outcome != PaymentOutcome.RETURNED)
    payments = session.scalar(select(func.coalesce(func.sum(Payment.amount_cents), 0)).where(kept))
    cash = session.scalar(select(func.coalesce(func.sum(cash_by_payment().subquery().c.cents), 0)))
    return int(cash or 0), int(payments or 0)


class TestMoneyForAnOpenInvoice:
    def test_pays_it(self, session: Session) -> None:
        invoice = make_invoice(session)
        payment = pay(session, invoice_id=invoice.id)
        assert payment.outcome is PaymentOutcome.SETTLED
        assert (invoice.state, invoice.paid_at) == (InvoiceState.PAID, A_DAY_LATER)
        assert books(session) == (199_90, 199_90)

    def test_counts_once_however_often_it_is_told(self, session: Session) -> None:
        invoice = make_invoice(session)
        first = pay(session, invoice_id=invoice.id, external_id="E1")
        again = pay(session, invoice_id=invoice.id, external_id="E1")
        assert again.id == first.id
        assert session.scalar(select(func.count(CustomerCredit.id))) == 0
        assert books(session) == (199_90, 199_90)

    def test_counts_once_when_told_in_parallel(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            invoice_id = make_invoice(session).id

        def tell(_time: int) -> int:
            with app.app_context():
                payment = pay(db.session, invoice_id=invoice_id, external_id="E1")
                db.session.commit()
                return payment.id

        with ThreadPoolExecutor(6) as pool:
            assert len(set(pool.map(tell, range(6)))) == 1
        with transaction() as session:
            assert books(session) == (199_90, 199_90)
            assert session.scalar(select(func.count(Payment.id))) == 1

    def test_of_two_payments_at_once_one_pays_and_one_becomes_credit(
        self, app: Flask, transaction: Transaction
    ) -> None:
        with transaction() as session:
            invoice_id = make_invoice(session).id

        def come(number: int) -> PaymentOutcome:
            with app.app_context():
                payment = pay(db.session, invoice_id=invoice_id, external_id=f"E{number}")
                db.session.commit()
                return payment.outcome

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(come, range(2)))
        assert outcomes == [PaymentOutcome.CREDITED, PaymentOutcome.SETTLED]
        with transaction() as session:
            assert books(session) == (2 * 199_90, 2 * 199_90)
            credit = session.scalars(select(CustomerCredit)).one()
            assert (credit.amount_cents, credit.reason) == (199_90, CreditReason.ALREADY_PAID)


class TestMoneyThatDoesNotFit:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"amount_cents": 199_79}, ParkReason.WRONG_AMOUNT),
            ({"amount_cents": 200_01}, ParkReason.WRONG_AMOUNT),
            ({"currency": "USD"}, ParkReason.WRONG_CURRENCY),
            ({"payer": Payer(customer_id=999_999)}, ParkReason.OTHER_CUSTOMER),
        ],
    )
    def test_is_parked_and_activates_nothing(
        self, session: Session, changes: dict[str, object], reason: ParkReason
    ) -> None:
        invoice = make_invoice(session)
        payment = pay(session, **{"invoice_id": invoice.id, **changes})  # type: ignore[arg-type]
        parked = parked_of(session, payment)
        assert (payment.outcome, parked.reason) == (PaymentOutcome.PARKED, reason)
        assert parked.meant_invoice_id == invoice.id
        assert invoice.state is InvoiceState.OPEN
        contract = session.get_one(Contract, invoice.contract_id)
        assert (contract.first_payment_key, contract.activated_at) == (None, None)
        assert len(set(books(session))) == 1

    @pytest.mark.parametrize("invoice_id", [None, 999_999])
    def test_is_parked_when_nobody_knows_its_invoice(self, session: Session, invoice_id: int | None) -> None:
        payment = pay(session, invoice_id=invoice_id)
        assert parked_of(session, payment).reason is ParkReason.UNKNOWN_INVOICE
        assert books(session) == (199_90, 199_90)

    def test_is_credit_when_the_invoice_was_voided(self, session: Session) -> None:
        invoice = make_invoice(session)
        void_invoice(session, invoice_id=invoice.id, reason="engano", actor=None, now=A_DAY_LATER)
        payment = pay(session, invoice_id=invoice.id)
        credit = session.scalars(select(CustomerCredit)).one()
        assert payment.outcome is PaymentOutcome.CREDITED
        assert (credit.customer_id, credit.reason) == (invoice.customer_id, CreditReason.VOIDED)
        assert books(session) == (199_90, 199_90)


class TestFinanceDecidingAboutParkedMoney:
    @pytest.mark.deep
    def test_uses_it_for_an_invoice_and_keeps_the_rest_as_credit(self, session: Session) -> None:
        billed = make_billed(session)
        parked = parked_of(session, pay(session, invoice_id=None, amount_cents=250_00))
        payment = assign_to_invoice(
            session,
            parked=parked,
            invoice_id=billed.invoice.id,
            reason="TED sem identificação",
            actor=finance(session),
            now=A_DAY_LATER,
        )
        assert payment.outcome is PaymentOutcome.SETTLED
        assert billed.invoice.state is InvoiceState.PAID
        credit = session.scalars(select(CustomerCredit)).one()
        assert (credit.amount_cents, credit.reason) == (50_10, CreditReason.EXCESS)
        assert books(session) == (250_00, 250_00)
        assert find_broken_receivables(session) == []

    def test_of_less_than_is_owed_keeps_the_rest_open(self, session: Session) -> None:
        invoice = make_invoice(session)
        parked = parked_of(session, pay(session, invoice_id=invoice.id, amount_cents=100_00))
        assign_to_invoice(
            session,
            parked=parked,
            invoice_id=invoice.id,
            reason="pagou a metade",
            actor=finance(session),
            now=A_DAY_LATER,
        )
        assert (invoice.state, open_cents(session, invoice.id)) == (InvoiceState.OPEN, 99_90)
        rest = pay(session, invoice_id=invoice.id, amount_cents=99_90)
        assert (rest.outcome, invoice.state) == (PaymentOutcome.SETTLED, InvoiceState.PAID)

    def test_makes_it_credit(self, session: Session) -> None:
        billed = make_billed(session)
        parked = parked_of(session, pay(session, invoice_id=None))
        make_credit(
            session,
            parked=parked,
            payer=payer_of(billed.invoice),
            reason="adiantamento",
            actor=finance(session),
            now=A_DAY_LATER,
        )
        credit = session.scalars(select(CustomerCredit)).one()
        assert (credit.customer_id, credit.amount_cents) == (billed.house.customer.id, 199_90)
        assert books(session) == (199_90, 199_90)

    def test_sends_it_back(self, session: Session) -> None:
        parked = parked_of(session, pay(session, invoice_id=None))
        mark_returned(session, parked=parked, reason="engano", actor=finance(session), now=A_DAY_LATER)
        assert books(session) == (0, 0)

    def test_takes_two_people_from_the_set_amount_on(self, session: Session) -> None:
        session.add(
            Setting(name="ted_four_eyes_reais", value=199, changed_at=A_DAY_LATER, changed_by_name="x")
        )
        invoice = make_invoice(session)
        parked = parked_of(session, pay(session, invoice_id=None, amount_cents=100_00))
        first, second = finance(session), finance(session)
        choice: dict[str, Any] = {"invoice": invoice, "reason": "TED sem identificação", "now": A_DAY_LATER}
        decide(session, parked=parked, decision=PaymentOutcome.SETTLED, actor=first, **choice)
        assert (parked.resolution, open_cents(session, invoice.id)) == (None, 199_90)
        with pytest.raises(SecondMustBeAnother):
            confirm_proposal(session, parked=parked, actor=first, now=A_DAY_LATER)
        with pytest.raises(WaitsForSecond):
            decide(session, parked=parked, decision=PaymentOutcome.SETTLED, actor=second, **choice)
        confirm_proposal(session, parked=parked, actor=second, now=A_DAY_LATER)
        assert open_cents(session, invoice.id) == 99_90
        assert (parked.proposed_by_id, parked.resolved_by_id) == (first.user_id, second.user_id)

    def test_may_undo_what_was_proposed(self, session: Session) -> None:
        parked = parked_of(session, pay(session, invoice_id=None, amount_cents=6_000_00))
        first, second = finance(session), finance(session)
        values: dict[str, Any] = {"decision": PaymentOutcome.RETURNED, "invoice": None, "reason": "engano"}
        decide(session, parked=parked, actor=first, now=A_DAY_LATER, **values)
        drop_proposal(session, parked=parked, actor=second, now=A_DAY_LATER)
        assert (parked.proposal, parked.resolution) == (None, None)
        with pytest.raises(SecondMustBeAnother):
            mark_returned(session, parked=parked, reason="engano", actor=second, now=A_DAY_LATER)

    def test_decides_once(self, session: Session) -> None:
        parked = parked_of(session, pay(session, invoice_id=None))
        actor = finance(session)
        mark_returned(session, parked=parked, reason="engano", actor=actor, now=A_DAY_LATER)
        with pytest.raises(AlreadyResolved):
            mark_returned(session, parked=parked, reason="engano", actor=actor, now=A_DAY_LATER)

    def test_says_why(self, session: Session) -> None:
        parked = parked_of(session, pay(session, invoice_id=None))
        with pytest.raises(Refusal, match="motivo"):
            mark_returned(session, parked=parked, reason="  ", actor=finance(session), now=A_DAY_LATER)

    def test_cannot_use_it_for_what_is_not_open(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice_id=invoice.id)
        parked = parked_of(session, pay(session, invoice_id=None))
        with pytest.raises(CannotAssign, match="não está em aberto"):
            assign_to_invoice(
                session,
                parked=parked,
                invoice_id=invoice.id,
                reason="x",
                actor=finance(session),
                now=A_DAY_LATER,
            )


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE payments SET amount_cents = 1",
            "UPDATE payments SET outcome = 'parked'",
            "DELETE FROM payments",
            "UPDATE customer_credits SET amount_cents = 1",
        ],
    )
    def test_refuses_to_change_money_that_came_in(self, session: Session, change: str) -> None:
        invoice = make_invoice(session)
        pay(session, invoice_id=invoice.id)
        pay(session, invoice_id=invoice.id)
        session.flush()
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql(change)


def test_an_invoice_of_another_customer_is_no_hint(session: Session) -> None:
    """The payer's customer, when known, must be the invoice's: `Invoice` rows of two houses stay apart."""
    one, other = make_billed(session), make_billed(session)
    payment = pay(session, invoice_id=one.invoice.id, payer=Payer(customer_id=other.house.customer.id))
    assert parked_of(session, payment).reason is ParkReason.OTHER_CUSTOMER
    assert session.get_one(Invoice, one.invoice.id).state is InvoiceState.OPEN
