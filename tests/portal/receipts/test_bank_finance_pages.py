"""Finance's pages: payments, TEDs, parked money, bank files, and the bank of the tests."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.config import SettingsError
from portal.config.bank import BankSettings
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import announce_ted
from portal.receipts.rules.receiving import PaymentOutcome
from portal.receipts.rules.ted import TedState
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.settings.models import Setting
from portal.shared import clock, queue
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.invoices import make_billed
from tests.factories.payments import ACCOUNT, pay
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of
from tests.support.scenes import lived

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture
def invoice_id(app: Flask, transaction: Transaction) -> int:
    """An open invoice of R$ 199,90 with a boleto."""

    def billed() -> int:
        with transaction() as session:
            return make_billed(session, now=clock.now()).invoice.id

    return lived(app, billed)


@pytest.fixture
def finance(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.FINANCE, name="Carla Freitas").id
    return client_of(user_id)


def work(app: Flask) -> None:
    with app.app_context():
        queue.run_all(db.engine, clock=clock.now)


class TestPayments:
    def test_are_listed_searched_and_exported(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        with transaction() as session:
            pay(session, invoice_id=invoice_id, external_id="E-FOUND", now=clock.now())
            pay(session, invoice_id=None, external_id="E-OTHER", amount_cents=5_00, now=clock.now())
        assert "R$\xa0199,90" in finance.get("/pagamentos").text
        found = finance.get("/pagamentos?situacao=parked").text
        assert "R$\xa05,00" in found
        assert "R$\xa0199,90" not in found
        assert "R$\xa05,00" not in finance.get("/pagamentos?busca=E-FOUND").text
        assert "R$\xa0199,90" in finance.get("/pagamentos?busca=000001").text
        assert finance.get("/pagamentos?busca=²").status_code == 200
        today = clock.today()
        days = f"de={today}&ate={today}"
        assert "R$\xa0199,90" in finance.get(f"/pagamentos?{days}").text
        assert "R$\xa0199,90" not in finance.get(f"/pagamentos?ate={today - timedelta(days=1)}").text
        assert "199,90" not in finance.get(f"/pagamentos.csv?de={today + timedelta(days=1)}").text
        lines = finance.get("/pagamentos.csv?ordem=valor").get_data(as_text=True).splitlines()
        assert [line.split(";")[2] for line in lines] == ["Valor", "5,00", "199,90"]


class TestTheTedQueue:
    @pytest.mark.deep
    def test_shows_what_waits_and_confirms_it(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        with transaction() as session:
            transfer_id = announce_ted(session, invoice_id=invoice_id, proof=PNG, now=clock.now()).id
        assert "Pão Quente" in finance.get("/pagamentos/teds").text
        page = f"/pagamentos/teds/{transfer_id}"
        assert "Abrir comprovante" in finance.get(page).text
        wrong = finance.submit(f"{page}/confirmar", {"amount": "cento e noventa", "credited_on": ""})
        assert wrong.status_code == 422
        assert "cento e noventa" in wrong.text
        sent = {"amount": "199,90", "credited_on": clock.today().isoformat()}
        assert location(finance.submit(f"{page}/confirmar", sent)) == "/pagamentos/teds"
        with transaction() as session:
            assert session.get_one(Invoice, invoice_id).state is InvoiceState.PAID
            who = select(LogEntry.actor_label).filter_by(subject_type="ted_transfers").order_by(LogEntry.id)
            assert session.scalars(who).all() == ["Pagamento", "Carla Freitas"]
        again = finance.submit(f"{page}/confirmar", sent)
        assert again.status_code == 409
        assert "Outra pessoa já decidiu" in again.text

    def test_is_told_the_amount_of_the_statement_and_asks_when_it_is_another(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        with transaction() as session:
            transfer_id = announce_ted(session, invoice_id=invoice_id, proof=PNG, now=clock.now()).id
        page = f"/pagamentos/teds/{transfer_id}"
        before = finance.get(page).text
        assert "Em aberto na fatura R$ 199,90" in text_of(before)
        assert "199,90" not in before.split('id="amount"')[1].split(">")[0]
        assert "is_other_amount" not in before
        sent = {"amount": "150,00", "credited_on": clock.today().isoformat()}
        asked = finance.submit(f"{page}/confirmar", sent)
        assert asked.status_code == 422
        assert "Você escreveu R$ 150,00; a fatura espera R$ 199,90." in text_of(asked.text)
        box = re.search(r'name="is_other_amount"[^>]* value="([^"]*)"', asked.text)
        ticked = {"is_other_amount": box[1] if box else ""}
        mistyped = finance.submit(f"{page}/confirmar", sent | ticked | {"amount": "15,00"})
        assert mistyped.status_code == 422
        assert "Você escreveu R$ 15,00; a fatura espera R$ 199,90." in text_of(mistyped.text)
        assert finance.submit(f"{page}/confirmar", sent | ticked).status_code == 303
        assert "R$\xa0150,00" in finance.get("/pagamentos/a-conferir").text

    def test_folds_away_what_is_seldom_said_until_it_is_refused(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        with transaction() as session:
            transfer_id = announce_ted(session, invoice_id=invoice_id, proof=PNG, now=clock.now()).id
        page = f"/pagamentos/teds/{transfer_id}"
        folded = re.compile(r"<details>\s*<summary>Não está no extrato")
        assert folded.search(finance.get(page).text)
        refused = finance.submit(f"{page}/recusar", {"reason": ""})
        assert refused.status_code == 422
        assert not folded.search(refused.text)

    def test_asks_a_second_person_for_a_large_one(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            invoice = make_billed(session, now=clock.now(), term="annual", payment_method="ted").invoice
            amount, invoice_id = invoice.open_cents, invoice.id
            transfer_id = announce_ted(session, invoice_id=invoice_id, proof=PNG, now=clock.now()).id
            session.add(
                Setting(name="ted_four_eyes_reais", value=1, changed_at=clock.now(), changed_by_name="x")
            )
            people = [make_user(session, role=Role.FINANCE).id for _each in range(2)]
        first, second = (client_of(user_id) for user_id in people)
        page = f"/pagamentos/teds/{transfer_id}"
        first.get(page)
        sent = {"amount": f"{amount // 100},{amount % 100:02d}", "credited_on": clock.today().isoformat()}
        first.submit(f"{page}/confirmar", sent)
        assert "A segunda é de outra pessoa" in first.get(page).text
        assert first.submit(f"{page}/segunda-confirmacao").status_code == 403
        assert "Confirmar também" in second.get(page).text
        assert second.submit(f"{page}/segunda-confirmacao").status_code == 303
        with transaction() as session:
            assert session.get_one(TedTransfer, transfer_id).state is TedState.CONFIRMED


class TestParkedMoney:
    @pytest.fixture
    def parked_id(self, transaction: Transaction) -> int:
        with transaction() as session:
            payment = pay(session, invoice_id=None, amount_cents=250_00, now=clock.now())
            return session.scalars(
                select(ParkedPayment.id).where(ParkedPayment.payment_id == payment.id)
            ).one()

    def label(self, transaction: Transaction, invoice_id: int) -> str:
        with transaction() as session:
            return session.get_one(Invoice, invoice_id).label

    @pytest.mark.parametrize(
        ("decision", "outcome"),
        [("fatura", "settled"), ("credito", "credited"), ("devolver", "returned")],
    )
    def test_is_decided_with_a_reason(
        self,
        transaction: Transaction,
        finance: PortalClient,
        invoice_id: int,
        parked_id: int,
        decision: str,
        outcome: str,
    ) -> None:
        assert "Não sabemos de que fatura é" in finance.get("/pagamentos/a-conferir").text
        page = f"/pagamentos/a-conferir/{parked_id}"
        finance.get(page)
        sent = {"invoice": self.label(transaction, invoice_id), "reason": "conferido", "decisao": decision}
        refused = finance.submit(page, sent | {"reason": ""})
        assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
        assert finance.submit(page, sent).status_code == 303
        with transaction() as session:
            assert session.scalars(select(Payment.outcome)).one() is PaymentOutcome(outcome)
        assert finance.submit(page, sent).status_code == 409

    def test_takes_an_invoice_from_those_that_fit(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        with transaction() as session:
            payment = pay(session, invoice_id=None, amount_cents=199_90, now=clock.now())
            parked = select(ParkedPayment.id).where(ParkedPayment.payment_id == payment.id)
            page = f"/pagamentos/a-conferir/{session.scalars(parked).one()}"
        link = re.search(rf'href="({page}\?fatura=\d+)#decidir"', finance.get(page).text)
        assert link, "the invoice of that amount is offered"
        assert form_values(finance.get(link[1]).text)["invoice"] == self.label(transaction, invoice_id)

    @pytest.mark.parametrize("number", ["999999", "doze", pytest.param("9" * 5000, id="endless"), ""])
    def test_is_not_used_for_an_invoice_that_is_not_there(
        self, finance: PortalClient, parked_id: int, number: str
    ) -> None:
        page = f"/pagamentos/a-conferir/{parked_id}"
        finance.get(page)
        answer = finance.submit(page, {"invoice": number, "reason": "x", "decisao": "fatura"})
        assert answer.status_code == 422
        assert 'id="invoice-error"' in answer.text

    @pytest.mark.parametrize("decision", ["", "outra"])
    def test_needs_a_decision(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int, parked_id: int, decision: str
    ) -> None:
        page = f"/pagamentos/a-conferir/{parked_id}"
        finance.get(page)
        sent = {"invoice": self.label(transaction, invoice_id), "reason": "x", "decisao": decision}
        assert finance.submit(page, sent).status_code == 422


class TestBankFiles:
    def test_go_out_and_come_back(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        assert "1 pedido espera" in finance.get("/arquivos-do-banco").text
        made = location(finance.submit("/arquivos-do-banco/remessa"))
        downloaded = finance.get(f"{made}/baixar")
        assert downloaded.get_data(as_text=True).startswith("01REMESSA01COBRANCA")
        with transaction() as session:
            boleto = session.scalars(select(Boleto)).one()
            answer = ReturnLine(
                code="02", number=boleto.number, on=clock.today(), due_on=boleto.due_on, title_cents=199_90
            )
        content = return_file(ACCOUNT, [answer], made_at=clock.now(), number=1)
        shown = location(self.upload(finance, content))
        assert "Nada foi feito ainda" in finance.get(shown).text
        finance.submit(f"{shown}/aplicar")
        assert "Aplicado em" in finance.get(shown).text
        with transaction() as session:
            assert session.scalars(select(Boleto.state)).one() is BoletoState.REGISTERED
        assert location(self.upload(finance, content)) == shown
        with transaction() as session:
            assert len(session.scalars(select(BankFile.id)).all()) == 2

    def test_with_a_fault_wait_for_a_reason(self, finance: PortalClient, invoice_id: int) -> None:
        answer = ReturnLine(
            code="02", number=invoice_id, on=clock.today(), due_on=clock.today(), title_cents=199_90
        )
        content = return_file(ACCOUNT, [answer], made_at=clock.now(), number=1)
        finance.get("/arquivos-do-banco")
        shown = location(self.upload(finance, content.replace(b"000003", b"000004")))
        page = finance.get(shown).text
        assert "Nada foi feito: o arquivo tem defeito." in page
        assert "Esta linha diz ser a 000004, e é a 3." in page
        assert "Aplicar retorno" not in page
        (action,) = re.findall(r'action="([^"]+/defeitos/[0-9]+)"', page)
        refused = finance.submit(action, {"reason": " "})
        assert refused.status_code == 422
        assert 'id="reason-error"' in refused.text
        assert finance.submit(action, {"reason": "O banco conta assim"}).status_code == 303
        page = finance.get(shown).text
        assert "mandou processar mesmo assim" in page
        assert "Aplicar retorno" in page

    def test_of_another_kind_are_refused_at_the_field(self, finance: PortalClient) -> None:
        finance.get("/arquivos-do-banco")
        answer = self.upload(finance, b"\x00\x01 anything")
        assert answer.status_code == 422
        assert 'id="file-error"' in answer.text

    def upload(self, client: PortalClient, content: bytes) -> Any:
        form = {"file": (io.BytesIO(content), "../../CN.RET")}
        return client.submit("/arquivos-do-banco/retorno", form, content_type="multipart/form-data")


class TestTheSandboxBank:
    def act(
        self, client: PortalClient, invoice_id: int, act: str, manner: str = "usual", amount: str = ""
    ) -> Any:
        page = f"/banco-de-teste/{invoice_id}"
        client.get(page)
        return client.submit(page, {"act": act, "manner": manner, "amount": amount})

    @pytest.mark.parametrize("act", ["boleto", "pix"])
    def test_pays_an_invoice(
        self, app: Flask, transaction: Transaction, finance: PortalClient, invoice_id: int, act: str
    ) -> None:
        assert "Padaria Pão Quente Ltda" in finance.get("/banco-de-teste").text
        if act == "boleto":
            self.act(finance, invoice_id, "register")
            work(app)
            with transaction() as session:
                assert session.scalars(select(Boleto.state)).one() is BoletoState.REGISTERED
        assert self.act(finance, invoice_id, act).status_code == 303
        work(app)
        with transaction() as session:
            assert session.get_one(Invoice, invoice_id).state is InvoiceState.PAID

    @pytest.mark.deep
    def test_offers_only_what_a_bank_could_do(
        self, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        page = f"/banco-de-teste/{invoice_id}"
        assert "Registra o boleto" in finance.get(page).text
        with transaction() as session:
            session.scalars(select(Boleto)).one().state = BoletoState.REGISTERED
        registered = finance.get(page).text
        assert "Registra o boleto" not in registered
        assert "Recusa o registro" not in registered
        assert "Recebe o boleto" in registered
        with transaction() as session:
            by_ted = make_billed(session, now=clock.now(), payment_method="ted").invoice.id
        assert "boleto" not in finance.get(f"/banco-de-teste/{by_ted}").text.split("O que o banco faz")[1]

    def test_credits_a_ted_that_finance_then_confirms(
        self, app: Flask, transaction: Transaction, finance: PortalClient, invoice_id: int
    ) -> None:
        self.act(finance, invoice_id, "ted")
        work(app)
        with transaction() as session:
            assert session.scalars(select(TedTransfer.state)).one() is TedState.WAITING

    @pytest.mark.parametrize("act", ["boleto", "pix"])
    @pytest.mark.parametrize(
        ("manner", "amount", "payments", "credited", "parked"),
        [
            ("other_amount", "10,00", 1, 0, 0),
            ("told_twice", "", 1, 0, 0),
            ("paid_twice", "", 2, 1, 0),
            ("late", "", 1, 0, 0),
        ],
    )
    def test_does_it_wrong_too(
        self,
        app: Flask,
        transaction: Transaction,
        finance: PortalClient,
        invoice_id: int,
        act: str,
        manner: str,
        amount: str,
        payments: int,
        credited: int,
        parked: int,
    ) -> None:
        self.act(finance, invoice_id, act, manner, amount)
        work(app)
        with transaction() as session:
            counts = [
                len(session.scalars(select(m.id)).all()) for m in (Payment, CustomerCredit, ParkedPayment)
            ]
            assert counts == [payments, credited, parked]

    def test_needs_an_amount_to_be_wrong_by(self, finance: PortalClient, invoice_id: int) -> None:
        assert self.act(finance, invoice_id, "pix", "other_amount").status_code == 422

    def test_is_not_there_without_the_sandbox(
        self, app: Flask, finance: PortalClient, invoice_id: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = app.config["PORTAL"]
        real = replace(settings, bank=replace(settings.bank, sandbox=False))
        monkeypatch.setitem(app.config, "PORTAL", real)
        assert finance.get("/banco-de-teste").status_code == 404
        assert finance.get(f"/banco-de-teste/{invoice_id}").status_code == 404
        assert "Banco de teste" not in finance.get("/pagamentos").text

    def test_cannot_be_asked_for_in_production(self) -> None:
        account = {
            "PORTAL_BANK_CODE": "341",
            "PORTAL_BANK_BRANCH": "0057",
            "PORTAL_BANK_ACCOUNT": "12345",
            "PORTAL_BANK_ACCOUNT_DIGIT": "7",
            "PORTAL_BANK_WALLET": "109",
            "PORTAL_BANK_PIX_KEY": "11222333000181",
            "PORTAL_BANK_WEBHOOK_SECRET": "8f3a1c9e5b7d2046e1f8a3c5d7b90246",
        }
        assert not BankSettings.from_environment(account, production=True).sandbox
        with pytest.raises(SettingsError, match="PORTAL_BANK_SANDBOX"):
            BankSettings.from_environment(account | {"PORTAL_BANK_SANDBOX": "1"}, production=True)
        for name in account:
            with pytest.raises(SettingsError, match=name):
                BankSettings.from_environment({**account, name: ""}, production=True)
