"""A Pix is given back by the bank's own interface, over a real connection, and followed by its notices."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from portal.banking.rules.bank_notices import UnreadableNotice, read_notice
from portal.config.bank import SANDBOX_PIX_TOKEN
from portal.gateways.pix.bacen import BacenPix
from portal.gateways.pix.interface import PixReturnOrder, PixReturnStatus, PixUnavailable
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.refunding import ask_refund
from portal.receipts.rules.refunds import Wanted
from portal.sandbox_bank.models import SandboxPixReturn
from portal.shared import clock, queue
from portal.shared.db import db
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.support.application import Transaction
from tests.support.ports import free_port

E2E = "E34120260610120000000000001"
KEY = "d" * 32


@pytest.fixture
def bank(app: Flask) -> Iterator[str]:
    """The bank of the tests, served on a port of its own, and the app configured to use it."""
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.port}/banco-de-teste"
    before = app.extensions["portal.pix"]
    app.extensions["portal.pix"] = BacenPix(url=url, token=SANDBOX_PIX_TOKEN)
    yield url
    app.extensions["portal.pix"] = before
    server.shutdown()
    thread.join()


@pytest.fixture
def paid(transaction: Transaction) -> int:
    """A Pix of R$ 199,90 that paid its invoice."""
    with transaction() as session:
        invoice = make_billed(session, now=clock.now()).invoice
        return pay(session, invoice_id=invoice.id, external_id=E2E, now=clock.now()).id


def ask(transaction: Transaction, payment_id: int, cents: int, key: str = KEY) -> int:
    with transaction() as session:
        wanted = Wanted(key=key, amount_cents=cents, reason="Cobrado a mais")
        actor = make_finance(session)
        return ask_refund(session, payment_id=payment_id, wanted=wanted, actor=actor, now=clock.now()).id


def work(app: Flask, minutes: int = 1) -> None:
    with app.app_context():
        for _time in range(3):  # the order, then the notice it causes
            queue.run_all(db.engine, clock=lambda: clock.now() + timedelta(minutes=minutes))


def found(transaction: Transaction) -> tuple[Any, ...]:
    with transaction() as session:
        refund = session.scalars(select(Refund)).one()
        back = list(session.scalars(select(PaymentReturn.amount_cents)))
        return refund.state.value, refund.reference, back


class TestARefundByPix:
    def test_is_ordered_at_the_bank_and_certain_by_its_notice(
        self, app: Flask, transaction: Transaction, bank: str, paid: int
    ) -> None:
        ask(transaction, paid, 50_00)
        work(app)
        assert found(transaction) == ("done", f"D{KEY[:31]}", [50_00])
        with transaction() as session:
            assert session.scalars(select(SandboxPixReturn.amount_cents)).all() == [50_00]
            invoice = session.get_one(Invoice, session.get_one(Payment, paid).invoice_id)
            assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 50_00)

    def test_whose_answer_was_lost_is_asked_again_and_made_once(
        self, app: Flask, transaction: Transaction, bank: str, paid: int
    ) -> None:
        refund_id = ask(transaction, paid, 50_00)
        order = PixReturnOrder(end_to_end_id=E2E, key=KEY, amount_cents=50_00, words="")
        assert (
            BacenPix(url=bank, token=SANDBOX_PIX_TOKEN).give_back(order).status is PixReturnStatus.PROCESSING
        )
        work(app)
        assert found(transaction)[0] == "done"
        with transaction() as session:
            assert session.get_one(Refund, refund_id).state == "done"
            assert len(session.scalars(select(SandboxPixReturn)).all()) == 1

    def test_that_the_bank_refuses_says_why_and_changes_no_book(
        self, app: Flask, transaction: Transaction, bank: str, paid: int
    ) -> None:
        with transaction() as session:  # given back in the bank's own application before, not told yet
            session.add(
                SandboxPixReturn(end_to_end_id=E2E, key="x", amount_cents=150_00, asked_at=clock.now())
            )
        refund_id = ask(transaction, paid, 199_90)
        work(app)
        assert found(transaction) == ("refused", "", [])
        with transaction() as session:
            words = session.get_one(Refund, refund_id).refusal
        assert words == "O banco não fez a devolução: O valor passa do que ainda resta do Pix."

    def test_waits_while_the_bank_is_away(self, app: Flask, transaction: Transaction, paid: int) -> None:
        ask(transaction, paid, 50_00)
        work(app)
        assert found(transaction) == ("sent", "", [])

    def test_is_let_in_by_its_token_alone(self, bank: str) -> None:
        order = PixReturnOrder(end_to_end_id=E2E, key=KEY, amount_cents=50_00, words="")
        with pytest.raises(PixUnavailable, match="403"):
            BacenPix(url=bank, token="another").give_back(order)


class TestANotice:
    @pytest.mark.parametrize(
        "said",
        [
            [{"id": "x" * 36, "valor": "1.00", "status": "DEVOLVIDO"}],
            [{"id": "x", "valor": "1", "status": "DEVOLVIDO"}],
            [{"id": "x", "valor": "1.00", "status": "TALVEZ"}],
            ["x"],
            {"id": "x"},
        ],
    )
    def test_of_returns_that_is_not_as_agreed_is_read_not_at_all(self, said: object) -> None:
        pix = {
            "endToEndId": E2E,
            "valor": "199.90",
            "horario": "2026-06-10T12:00:00-03:00",
            "devolucoes": said,
        }
        with pytest.raises(UnreadableNotice, match="devoluções do item 1"):
            read_notice(json.dumps({"pix": [pix]}).encode())
