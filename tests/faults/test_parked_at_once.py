"""Finance decides about parked money in the moment in which it goes back by itself."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.operations.disputing import take_dispute
from portal.receipts.operations.parked import decide
from portal.receipts.operations.refund_progress import note_at_source
from portal.receipts.queries.returns import returned_cents
from portal.receipts.rules.disputes import HeldByDispute
from portal.receipts.rules.receiving import AlreadyResolved, PaymentOutcome
from portal.shared.db import db
from portal.shared.queue import TryLater
from portal.shared.refusals import Refusal
from tests.factories.payments import A_DAY_LATER as NOW
from tests.factories.payouts import make_finance
from tests.portal.receipts.test_parked_disputes import AMOUNT, LOST, OPENED, park, require_books
from tests.portal.receipts.test_parked_refunds import at_source
from tests.portal.receipts.test_returning import invoice_of
from tests.support.application import Transaction
from tests.support.ports import wait_until
from tests.support.remembered import remembered

type Act = Callable[[Session], object]
WAITS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def the_payment(session: Session) -> Payment:
    return session.scalars(select(Payment).where(Payment.source == "card")).one()


def the_invoice(session: Session) -> Invoice:
    """The open one that finance means."""
    return session.scalars(select(Invoice).where(Invoice.installment_number == 2)).one()


def uses_it_for_the_invoice(session: Session) -> None:
    decide(
        session,
        parked=session.scalars(select(ParkedPayment)).one(),
        decision=PaymentOutcome.SETTLED,
        invoice=the_invoice(session),
        reason="É da padaria",
        actor=make_finance(session),
        now=NOW,
    )


def is_contested(session: Session) -> None:
    take_dispute(session, payment=the_payment(session), told=OPENED, now=NOW)


def is_lost(session: Session) -> None:
    for told in (OPENED, LOST):
        take_dispute(session, payment=the_payment(session), told=told, now=NOW)


def is_refunded_at_its_source(session: Session) -> None:
    note_at_source(session, payment=the_payment(session), said=at_source(), now=NOW)


def at_once(app: Flask, first: Act, second: Act) -> list[Refusal]:
    """The second waits for what the first holds, and goes on when that one commits; what it was told."""
    refused: list[Refusal] = []

    def come() -> None:
        with app.app_context():
            try:
                _as_a_job(second)
            except Refusal as refusal:
                db.session.rollback()
                refused.append(refusal)

    with app.app_context(), db.engine.connect() as looking, Session(db.engine) as session:
        looking.execution_options(
            isolation_level="AUTOCOMMIT"
        )  # a transaction sees who waits as it saw it first
        first(session)
        session.flush()
        thread = threading.Thread(target=come)
        thread.start()
        wait_until(lambda: bool(looking.scalar(WAITS)), what="the second one waiting")
        session.commit()
        thread.join()
    return refused


def _as_a_job(act: Act) -> None:
    try:
        act(db.session)
    except TryLater:
        db.session.rollback()
        act(db.session)
    db.session.commit()


@remembered
def parked_beside_an_invoice(session: Session) -> None:
    park(session)
    invoice_of(session)
    make_finance(session)


@pytest.fixture
def _parked(transaction: Transaction) -> None:
    with transaction() as session:
        parked_beside_an_invoice(session)


@pytest.mark.usefixtures("_parked")
class TestADecisionAndMoneyThatGoesBack:
    @pytest.mark.parametrize(
        ("first", "second", "refusal", "outcome", "back"),
        [
            (uses_it_for_the_invoice, is_contested, None, "settled", 0),
            (uses_it_for_the_invoice, is_lost, None, "settled", AMOUNT),
            (uses_it_for_the_invoice, is_refunded_at_its_source, None, "settled", AMOUNT),
            (is_contested, uses_it_for_the_invoice, HeldByDispute, "parked", 0),
            (is_lost, uses_it_for_the_invoice, AlreadyResolved, "returned", AMOUNT),
            (is_refunded_at_its_source, uses_it_for_the_invoice, AlreadyResolved, "returned", AMOUNT),
        ],
    )
    def test_wait_for_each_other_and_the_money_moves_once(
        self,
        app: Flask,
        transaction: Transaction,
        first: Act,
        second: Act,
        refusal: type[Refusal] | None,
        outcome: str,
        back: int,
    ) -> None:
        told = at_once(app, first, second)
        assert [type(each) for each in told] == ([refusal] if refusal else [])
        with transaction() as session:
            require_books(session)
            payment = the_payment(session)
            assert (payment.outcome.value, returned_cents(session, payment.id)) == (outcome, back)
            invoice = the_invoice(session)
            assert invoice.paid_cents == (AMOUNT if outcome == "settled" and not back else 0)
