"""The bank's door: what it says is signed, taken once, and worked off."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.banking.models.bank_file import BankFile, BankNotice
from portal.banking.models.boleto import Boleto
from portal.banking.operations.bank_notices import note_refused_file
from portal.banking.rules.bank_files import BankFileState
from portal.banking.rules.bank_notices import SIGNATURE_HEADER, sign
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.rules.receiving import ParkReason
from portal.receipts.rules.ted import TedState
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import clock, queue
from portal.shared.auth import Role
from portal.shared.db import db
from portal.tasks.models import Task, TaskMention
from portal.tasks.operations import close_task
from portal.tasks.rules import TaskResult
from tests.factories.invoices import make_billed
from tests.factories.payments import ACCOUNT
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.two_transactions import Stoppable

SECRET = "segredo-do-banco-de-teste-apenas-local"


def open_invoice(transaction: Transaction, **changes: Any) -> int:
    with transaction() as session:
        return make_billed(session, now=clock.now(), **changes).invoice.id


def a_pix(invoice_id: int, **changes: Any) -> dict[str, Any]:
    """A Pix of R$ 199,90 as the Banco Central's API words it."""
    return {
        "endToEndId": "E1234567820260610150012345678901",
        "txid": f"FATURA{invoice_id:010d}",
        "valor": "199.90",
        "horario": "2026-06-10T15:00:00.000Z",
        "pagador": {"cnpj": "12345678000195", "nome": "Padaria"},
        **changes,
    }


def a_ted(**changes: Any) -> dict[str, Any]:
    return {
        "idTransacao": "TED20260610000001",
        "valor": "199.90",
        "horario": "2026-06-10T15:00:00-03:00",
        "remetente": {"cnpj": "12345678000195", "nome": "Padaria"},
        **changes,
    }


def tell(
    visitor: PortalClient,
    body: bytes | dict[str, Any],
    *,
    secret: str = SECRET,
    at: datetime | None = None,
    content_type: str = "application/json",
) -> TestResponse:
    """Call as the bank's server does."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = sign(content, secret=secret, at=at or clock.now())
    sent = {SIGNATURE_HEADER: signature, "Content-Type": content_type}
    return visitor.post("/webhooks/banco", data=content, headers=sent)


def work(app: Flask) -> None:
    """Run what was enqueued."""
    with app.app_context():
        queue.run_all(db.engine, clock=clock.now)


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count(model.id))) or 0


class TestAPix:
    @pytest.mark.deep
    def test_pays_its_invoice(self, app: Flask, transaction: Transaction, visitor: PortalClient) -> None:
        invoice_id = open_invoice(transaction)
        assert tell(visitor, {"pix": [a_pix(invoice_id)]}).status_code == 200
        work(app)
        with transaction() as session:
            assert session.get_one(Invoice, invoice_id).state is InvoiceState.PAID
            payment = session.scalars(select(Payment)).one()
            assert (payment.amount_cents, payment.payer_document) == (199_90, "12345678000195")

    def test_told_twice_in_two_wordings_counts_once(
        self, app: Flask, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id = open_invoice(transaction)
        for body in (
            {"pix": [a_pix(invoice_id)]},
            {"pix": [a_pix(invoice_id)]},
            {"pix": [a_pix(invoice_id)], "x": 1},
        ):
            assert tell(visitor, body).status_code == 200
        work(app)
        with transaction() as session:
            assert (count(session, BankNotice), count(session, Payment)) == (2, 1)
            assert count(session, CustomerCredit) == 0

    @pytest.mark.deep
    def test_told_in_parallel_counts_once(self, app: Flask, transaction: Transaction) -> None:
        invoice_id = open_invoice(transaction)
        body = {"pix": [a_pix(invoice_id)]}

        def call(_time: int) -> int:
            return tell(cast("PortalClient", app.test_client()), body).status_code

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(call, range(4))) == {200}
        work(app)
        with transaction() as session:
            assert (count(session, BankNotice), count(session, Payment)) == (1, 1)

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"valor": "150.00", "pagador": {"cpf": "529.982.247-25"}}, ParkReason.WRONG_AMOUNT),
            ({"moeda": "USD"}, ParkReason.WRONG_CURRENCY),
            ({"txid": "OUTRACOISA"}, ParkReason.UNKNOWN_INVOICE),
            ({"txid": "FATURA0000999999"}, ParkReason.UNKNOWN_INVOICE),
        ],
    )
    def test_that_does_not_fit_is_parked(
        self,
        app: Flask,
        transaction: Transaction,
        visitor: PortalClient,
        changes: dict[str, Any],
        reason: ParkReason,
    ) -> None:
        invoice_id = open_invoice(transaction)
        tell(visitor, {"pix": [a_pix(invoice_id, **changes)]})
        work(app)
        with transaction() as session:
            assert session.scalars(select(ParkedPayment.reason)).one() is reason
            assert session.get_one(Invoice, invoice_id).state is InvoiceState.OPEN


class TestWhatIsNotFromTheBank:
    def nothing_written(self, transaction: Transaction) -> bool:
        with transaction() as session:
            return count(session, BankNotice) == 0

    @pytest.mark.deep
    def test_with_a_wrong_signature_is_refused(self, transaction: Transaction, visitor: PortalClient) -> None:
        invoice_id = open_invoice(transaction)
        answer = tell(visitor, {"pix": [a_pix(invoice_id)]}, secret="x" * 40)
        assert answer.status_code == 403
        assert self.nothing_written(transaction)

    @pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
    def test_with_a_time_stamp_of_another_time_is_refused(
        self, transaction: Transaction, visitor: PortalClient, age: timedelta
    ) -> None:
        invoice_id = open_invoice(transaction)
        answer = tell(visitor, {"pix": [a_pix(invoice_id)]}, at=clock.now() - age)
        assert answer.status_code == 403
        assert self.nothing_written(transaction)

    @pytest.mark.parametrize("signature", ["", "t=1", "v1=", "t=99999999999999,v1=" + "0" * 64, "é" * 80])
    def test_without_a_signature_is_refused(
        self, transaction: Transaction, visitor: PortalClient, signature: str
    ) -> None:
        body = b'{"pix": []}'
        headers = {SIGNATURE_HEADER: signature.encode().decode("latin-1")}
        assert visitor.post("/webhooks/banco", data=body, headers=headers).status_code == 403
        assert self.nothing_written(transaction)

    @pytest.mark.parametrize(
        "body",
        [
            b"no json",
            b"[" * 100_000,
            b"[]",
            b'{"other": []}',
            b'{"pix": 1}',
            b'{"pix": [1]}',
            b'{"pix": [{}]}',
            *(
                json.dumps({"pix": [a_pix(1, **{field: value})]}).encode()
                for field, value in [
                    ("valor", "0.00"), ("valor", "1,00"), ("valor", 199.9), ("valor", "-1.00"),
                    ("horario", "ontem"), ("horario", "2026-06-10T15:00:00"),
                    ("horario", "9999-12-31T23:59:59-12:00"),
                    ("endToEndId", ""), ("endToEndId", "x" * 999), ("pagador", "Padaria"), ("txid", None),
                    ("txid", ["FATURA0000000001"]), ("pagador", {"nome": ["Padaria"]}),
                ]
            ),
        ],
    )  # fmt: skip
    def test_in_another_form_is_refused_whole(
        self, transaction: Transaction, visitor: PortalClient, body: bytes
    ) -> None:
        assert tell(visitor, body).status_code == 422
        assert self.nothing_written(transaction)

    def test_larger_than_a_megabyte_is_not_read(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        assert tell(visitor, b" " * (1024 * 1024 + 1)).status_code == 413
        assert self.nothing_written(transaction)


def paying_file(session: Session) -> bytes:
    """A return that says that the one boleto is paid."""
    boleto = session.scalars(select(Boleto)).one()
    paid = ReturnLine(
        code="06",
        number=boleto.number,
        on=clock.today(),
        due_on=boleto.due_on,
        title_cents=199_90,
        paid_cents=199_90,
    )
    return return_file(ACCOUNT, [paid], made_at=clock.now(), number=1)


class TestAReturnFileOfTheBank:
    @pytest.mark.deep
    def test_is_applied_as_one_that_finance_sends(
        self, app: Flask, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id = open_invoice(transaction)
        with transaction() as session:
            body = paying_file(session)
        assert tell(visitor, body, content_type="text/plain").status_code == 200
        work(app)
        with transaction() as session:
            assert session.get_one(Invoice, invoice_id).state is InvoiceState.PAID

    @pytest.mark.parametrize("kind", ["cut", "page"])
    def test_that_cannot_be_used_is_refused_and_finance_is_asked_once(
        self, transaction: Transaction, visitor: PortalClient, kind: str
    ) -> None:
        open_invoice(transaction)
        with transaction() as session:
            whole = paying_file(session)
        body = whole[:-402] if kind == "cut" else b"<html>Manuten\xe7\xe3o"
        assert tell(visitor, body, content_type="text/plain", secret="x" * 40).status_code == 403
        for _time in range(2):
            assert tell(visitor, body, content_type="text/plain").status_code == 422
        with transaction() as session:
            task = session.scalars(select(Task)).one()
            said = session.scalars(select(TaskMention.said)).one()
            assert (task.team, task.title) == (Role.FINANCE, "Retorno com defeito vindo do banco")
            assert said.startswith("recebido-")
            assert ("falta o resto" if kind == "cut" else "página da internet") in said
            kept = session.scalars(select(BankFile)).all()
            assert [file.state for file in kept] == [BankFileState.DAMAGED] * (kind == "cut")
            assert task.subject_id == (kept[0].id if kept else None)
            finance = actor_of(make_user(session, role=Role.FINANCE))
            close_task(
                session, task=task, result=TaskResult.DONE, note="Veio", actor=finance, now=clock.now()
            )
        tell(visitor, body, content_type="text/plain")
        with transaction() as session:
            assert (count(session, Task), count(session, BankNotice), count(session, Payment)) == (1, 0, 0)

    def test_that_cannot_be_used_and_comes_twice_at_once_is_kept_once(
        self, app: Flask, transaction: Transaction
    ) -> None:
        open_invoice(transaction)
        with transaction() as session:
            body = paying_file(session)[:-402]

        def note(session: Session) -> None:
            note_refused_file(session, body=body, why="cortado", now=clock.now())

        with transaction() as session:
            note(session)
            second = Stoppable(app, note)
            second.wait_until_stuck()
            assert second.thread.is_alive()
        second.finish()
        assert second.error is None
        with transaction() as session:
            assert [count(session, each) for each in (BankFile, Task, TaskMention)] == [1, 1, 1]

    @pytest.mark.deep
    def test_that_comes_whole_after_a_damaged_one_is_applied(
        self, app: Flask, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id = open_invoice(transaction)
        with transaction() as session:
            whole = paying_file(session)
        assert tell(visitor, whole[:-402], content_type="text/plain").status_code == 422
        assert tell(visitor, whole, content_type="text/plain").status_code == 200
        work(app)
        with transaction() as session:
            assert session.get_one(Invoice, invoice_id).state is InvoiceState.PAID


class TestATedTheBankTellsOf:
    @pytest.mark.deep
    def test_for_a_whole_invoice_waits_for_finance(
        self, app: Flask, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id = open_invoice(transaction, payment_method="ted")
        with transaction() as session:
            invoice = session.get_one(Invoice, invoice_id)
            label, sender = invoice.label, {"cnpj": invoice.payer_document}
        tell(visitor, {"ted": [a_ted(identificador=f"fatura {label}", remetente=sender)]})
        work(app)
        with transaction() as session:
            transfer = session.scalars(select(TedTransfer)).one()
            assert (transfer.invoice_id, transfer.state) == (invoice_id, TedState.WAITING)
            assert transfer.bank_reference == "TED20260610000001"
            assert count(session, Payment) == 0

    @pytest.mark.deep
    def test_is_matched_by_its_sender_and_amount(
        self, app: Flask, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id = open_invoice(transaction, payment_method="ted")
        with transaction() as session:
            document = session.get_one(Invoice, invoice_id).payer_document
        tell(visitor, {"ted": [a_ted(remetente={"cnpj": document})]})
        work(app)
        with transaction() as session:
            assert session.scalars(select(TedTransfer.invoice_id)).one() == invoice_id

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({}, ParkReason.UNKNOWN_INVOICE),
            ({"identificador": "FATURA 000001"}, ParkReason.UNKNOWN_INVOICE),  # another one's
            ({"identificador": "FATURA0000000001"}, ParkReason.UNKNOWN_INVOICE),
            ({"identificador": "SISTEMA 1 2026", "remetente": {}}, ParkReason.UNKNOWN_INVOICE),
        ],
    )
    def test_without_a_place_is_parked(
        self,
        app: Flask,
        transaction: Transaction,
        visitor: PortalClient,
        changes: dict[str, Any],
        reason: ParkReason,
    ) -> None:
        open_invoice(transaction, payment_method="ted")
        tell(visitor, {"ted": [a_ted(**changes)]})
        tell(visitor, {"ted": [a_ted(**changes), a_ted(**changes)]})
        work(app)
        with transaction() as session:
            assert session.scalars(select(ParkedPayment.reason)).one() is reason
            assert count(session, TedTransfer) == 0

    @pytest.mark.deep
    @pytest.mark.parametrize("text", ["FATURA {number}", "FATURA{number}", "PAGTO 08/2026 FATURA {number}"])
    def test_names_an_invoice_of_its_payer_among_others(
        self, app: Flask, transaction: Transaction, visitor: PortalClient, text: str
    ) -> None:
        for _each in range(8):  # number 8, of somebody else, is what "08/2026" must not mean
            open_invoice(transaction, payment_method="ted")
        with transaction() as session:
            invoices = session.scalars(select(Invoice).order_by(Invoice.number)).all()
            mine = invoices[2]
            mine_id, sender = mine.id, {"cnpj": f"{mine.payer_document[:2]}.{mine.payer_document[2:]}"}
            reference = text.format(number=mine.label)
        tell(visitor, {"ted": [a_ted(identificador=reference, remetente=sender, valor="10.00")]})
        work(app)
        with transaction() as session:
            paid = session.execute(select(Invoice.id, Invoice.paid_cents).where(Invoice.paid_cents > 0)).all()
            assert [tuple(row) for row in paid] == [(mine_id, 10_00)]

    @pytest.mark.deep
    def test_of_a_paid_invoice_is_never_the_credit_of_another_document(
        self, app: Flask, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id = open_invoice(transaction)
        tell(visitor, {"pix": [a_pix(invoice_id)]})
        someone_else = a_pix(invoice_id, endToEndId="E234567890", pagador={"cpf": "529.982.247-25"})
        tell(visitor, {"pix": [someone_else]})
        work(app)
        with transaction() as session:
            assert session.scalars(select(ParkedPayment.reason)).one() is ParkReason.OTHER_PAYER
            assert count(session, CustomerCredit) == 0
