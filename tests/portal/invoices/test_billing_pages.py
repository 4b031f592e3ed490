"""Faturas and Faturamento on the screen, and the same on the command line."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text, update

from portal.banking.models.boleto import Boleto
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.queries.billing_runs import list_waiting_chunks
from portal.invoices.scheduled import bill_subscriptions
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.mail_writing import write_letter
from portal.shared.queue import Lane, QueuedJob, run_next_job
from portal.subscriptions.models import Subscription
from portal.tasks.models import Task, TaskMention
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of

NOW = at_sao_paulo(date(2026, 7, 5), 9)
FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)


@pytest.fixture(autouse=True)
def _fifth_of_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contract_id(transaction: Transaction) -> int:
    """An active contract whose second payment falls due on 15/07."""
    with transaction() as session:
        return make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE).id


@pytest.fixture
def finance(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.FINANCE, name="Carla Freitas").id
    return client_of(user_id)


def spoil(transaction: Transaction, contract_id: int, cents: int = 123_45) -> None:
    with transaction() as session:
        session.execute(
            update(Subscription).where(Subscription.contract_id == contract_id).values(monthly_cents=cents)
        )


def work(app: Flask) -> None:
    with app.app_context():
        while run_next_job(db.engine, Lane.BILLING, clock=lambda: NOW):
            pass


def bill(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["billing", "run", *words])


def second_invoice(transaction: Transaction, contract_id: int) -> tuple[int, int | None] | None:
    """Its id and number."""
    with transaction() as session:
        found = select(Invoice).where(Invoice.contract_id == contract_id, Invoice.installment_number == 2)
        invoice = session.scalars(found).one_or_none()
        return (invoice.id, invoice.number) if invoice else None


class TestFaturamento:
    @pytest.mark.deep
    def test_shows_what_it_would_bill_bills_it_and_says_so(
        self, app: Flask, finance: PortalClient, contract_id: int
    ) -> None:
        page = text_of(finance.get("/faturamento").text)
        assert "vencem até 15/07/2026" in page
        assert "Cliente Boleto 1 R$ 199,90" in page
        answer = finance.submit("/faturamento")
        assert answer.status_code == 303
        assert "Emitindo: faltam 1" in text_of(finance.get("/faturamento").text)
        work(app)
        page = text_of(finance.get("/faturamento").text)
        assert "Nada a emitir" in page
        assert "05/07/2026 15/07/2026 1 R$ 199,90 Concluído" in page

    @pytest.mark.deep
    def test_shows_what_it_passes_by_and_tries_again_when_told(
        self, app: Flask, transaction: Transaction, finance: PortalClient, contract_id: int
    ) -> None:
        spoil(transaction, contract_id)
        assert "Não vão ser emitidas" in text_of(finance.get("/faturamento").text)
        finance.submit("/faturamento")
        work(app)
        page = text_of(finance.get("/faturamento").text)
        assert "1 mensalidade parada." in page
        assert "os itens somam R$ 199,90 no ciclo, e o contrato diz R$ 123,45." in page
        spoil(transaction, contract_id, 199_90)
        finance.submit(f"/faturamento/{contract_id}/tentar-de-novo")
        page = text_of(finance.get("/faturamento").text)
        assert "parada." not in page
        assert "Cliente Boleto 1 R$ 199,90" in page

    def test_asks_finance_to_look_at_what_it_passed_by(
        self, app: Flask, transaction: Transaction, finance: PortalClient, contract_id: int
    ) -> None:
        spoil(transaction, contract_id)
        with transaction() as session:
            bill_subscriptions(session, now=NOW)
        work(app)
        with transaction() as session:
            task = session.scalars(select(Task)).one()
            task_id = task.id
            assert (task.team, task.title) == (Role.FINANCE, "Mensalidades paradas no faturamento")
            (said,) = session.scalars(select(TaskMention.said))
            assert said.startswith(
                f"Contrato {contract_id:06d}, no faturamento de 05/07/2026: Mensalidade 2: os itens"
            )
        assert "Mensalidades paradas 1 sem fatura" in text_of(finance.get("/financeiro").text)
        assert 'href="/faturamento"' in finance.get(f"/tarefas/{task_id}").text
        with transaction() as session:
            bill_subscriptions(session, now=NOW + timedelta(days=1))
        work(app)
        with transaction() as session:
            assert len(session.scalars(select(TaskMention)).all()) == 1
        spoil(transaction, contract_id, 199_90)
        finance.submit(f"/faturamento/{contract_id}/tentar-de-novo")
        with transaction() as session:
            assert session.scalars(select(Task.closed_at)).one() is not None
        assert "Mensalidades paradas 0 sem fatura" in text_of(finance.get("/financeiro").text)

    def test_of_a_contract_without_subscription_is_missing(self, finance: PortalClient) -> None:
        finance.get("/faturamento")
        finance.submit("/faturamento")
        assert finance.submit("/faturamento/999/tentar-de-novo").status_code == 404


class TestTheCommand:
    @pytest.mark.deep
    def test_bills_a_day_and_says_what_it_did(
        self, app: Flask, transaction: Transaction, contract_id: int
    ) -> None:
        result = bill(app, "--on", "2026-07-05")
        assert result.exit_code == 0, result.output
        assert result.output == "05/07/2026: 1 faturas, R$\xa0199,90, vencimento até 15/07/2026.\n"
        made = second_invoice(transaction, contract_id)
        assert made is not None
        with transaction() as session:
            assert session.scalars(select(Boleto.amount_cents).filter_by(invoice_id=made[0])).all() == [
                199_90
            ]

    @pytest.mark.deep
    @pytest.mark.parametrize("state", ["waiting", "failed"])
    def test_does_what_an_earlier_run_could_not(
        self, app: Flask, transaction: Transaction, contract_id: int, state: str
    ) -> None:
        with transaction() as session:
            plan_run(session, day=NOW.date(), now=NOW)
            (chunk_id,) = list_waiting_chunks(session)
            bill_chunk(session, chunk_id, now=NOW)
        with transaction() as session:  # boletos and mails were tried, and the database was away
            later = {
                "attempts": 3,
                "next_attempt_at": NOW + timedelta(hours=1),
                "last_error": "DatabaseError",
            }
            if state == "failed":
                later["finished_at"] = NOW
            session.execute(
                update(QueuedJob).where(QueuedJob.lane == Lane.BILLING).values(state=state, **later)
            )
        assert bill(app, "--on", "2026-07-05").exit_code == 0
        made = second_invoice(transaction, contract_id)
        assert made is not None
        with transaction() as session:
            assert session.scalars(select(Boleto.invoice_id).filter_by(invoice_id=made[0])).all() == [made[0]]
            mails = select(MailMessage.subject_id).filter_by(kind="invoice_issued", subject_id=made[0])
            assert session.scalars(mails).all() == [made[0]]

    @pytest.mark.deep
    def test_owes_each_invoice_by_mail_once_with_the_link_it_is_paid_by(
        self, app: Flask, transaction: Transaction, contract_id: int
    ) -> None:
        bill(app, "--on", "2026-07-05")
        made = second_invoice(transaction, contract_id)
        assert made is not None
        with transaction() as session:
            mail = session.scalars(
                select(MailMessage).filter_by(kind="invoice_issued", subject_id=made[0])
            ).one()
            assert (mail.to_address, mail.state) == ("maria@paoquente.com.br", "queued")
            assert mail.caused_by_id is None
            write_letter(session, mail, now=NOW)
            assert "Sua nova fatura está pronta." in str(mail.text_body)
            assert "15/07/2026" in str(mail.text_body)
            waiting = select(QueuedJob.state).filter_by(kind="mail", subject_id=mail.id)
            assert session.scalar(waiting) == "waiting"

    def test_says_before_what_it_would_do(
        self, app: Flask, transaction: Transaction, contract_id: int
    ) -> None:
        result = bill(app, "--on", "2026-07-05", "--dry-run")
        assert "Nada foi gravado" in result.output
        assert "Cliente, Boleto: 1 faturas, R$\xa0199,90" in result.output
        assert second_invoice(transaction, contract_id) is None

    @pytest.mark.deep
    def test_makes_up_the_days_that_were_missed_in_order(
        self, app: Flask, transaction: Transaction, contract_id: int
    ) -> None:
        bill(app, "--on", "2026-07-05")
        result = bill(app, "--on", "2026-08-06")
        days = [line.partition(":")[0] for line in result.output.splitlines()]
        assert days[:2] == ["06/07/2026", "07/07/2026"]
        assert "05/08/2026: 1 faturas" in result.output
        assert days[-1] == "06/08/2026"

    @pytest.mark.deep
    def test_does_the_boletos_that_a_killed_run_had_in_hand(
        self, app: Flask, transaction: Transaction, contract_id: int
    ) -> None:
        with transaction() as session:
            plan_run(session, day=NOW.date(), now=NOW)
            (chunk_id,) = list_waiting_chunks(session)
            bill_chunk(session, chunk_id, now=NOW)
            soon = NOW + timedelta(seconds=1)
            session.execute(update(QueuedJob).where(QueuedJob.lane == Lane.BILLING).values(leased_until=soon))
        with time_machine.travel(NOW, tick=True):
            bill(app, "--on", "2026-07-05")
        made = second_invoice(transaction, contract_id)
        assert made is not None
        with transaction() as session:
            assert session.scalars(select(Boleto.amount_cents).filter_by(invoice_id=made[0])).all() == [
                199_90
            ]

    def test_ends_with_a_status_that_says_what_was_passed_by(
        self, app: Flask, transaction: Transaction, contract_id: int
    ) -> None:
        spoil(transaction, contract_id)
        result = bill(app, "--on", "2026-07-05")
        assert result.exit_code == 2
        assert "Estacionadas por números que não conferem: 1." in result.output
        assert bill(app, "--on", "2026-07-05", "--dry-run").exit_code == 0, "it is parked, not due"


class TestFaturas:
    def test_are_found_by_every_number_they_bear(
        self, app: Flask, transaction: Transaction, finance: PortalClient, contract_id: int
    ) -> None:
        bill(app, "--on", "2026-07-05")
        made = second_invoice(transaction, contract_id)
        assert made is not None
        invoice_id, number = made
        with transaction() as session:
            boleto = session.scalars(select(Boleto).filter_by(invoice_id=invoice_id)).one()
            session.execute(text("UPDATE boleto_series SET last_number = last_number + 1"))
            line = "".join(filter(str.isdigit, boleto.line))
            numbers = [str(boleto.number), boleto.bar_code, line, f"{number:06d}", str(contract_id)]
        for each in numbers:
            page = finance.get(f"/faturas?busca={each}")
            assert f'href="/faturas/{invoice_id}"' in page.text, each
        assert "Nenhuma fatura assim" in text_of(finance.get("/faturas?busca=987654321").text)

    @pytest.mark.deep
    def test_say_when_they_were_made_in_a_run(
        self, app: Flask, transaction: Transaction, finance: PortalClient, contract_id: int
    ) -> None:
        bill(app, "--on", "2026-07-05")
        made = second_invoice(transaction, contract_id)
        assert made is not None
        page = text_of(finance.get(f"/faturas/{made[0]}").text)
        assert "emitida no faturamento do dia: R$ 199,90, vence em 15/07/2026" in page
        assert "Nada aconteceu ainda" not in page

    @pytest.mark.deep
    def test_are_filtered_and_go_to_a_file(
        self, app: Flask, transaction: Transaction, finance: PortalClient, contract_id: int
    ) -> None:
        bill(app, "--on", "2026-07-05")
        rows = list(csv.reader(io.StringIO(finance.get("/faturas.csv?estado=open").text[1:]), delimiter=";"))
        assert [row[8:12] for row in rows[1:]] == [["15/07/2026", "199,90", "199,90", "Em aberto"]]
        assert len(list(csv.reader(io.StringIO(finance.get("/faturas.csv").text[1:]), delimiter=";"))) == 3
        assert "Nenhuma fatura assim" in text_of(finance.get("/faturas?estado=overdue").text)
        with time_machine.travel(at_sao_paulo(date(2026, 7, 16), 9), tick=False):
            assert "vencida" in text_of(finance.get("/faturas?estado=overdue").text)
