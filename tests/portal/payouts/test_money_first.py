"""Money stays received whatever goes wrong with what follows from it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.books import find_broken_accruals
from portal.receipts.models.payment import Payment
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import QueuedJob, run_all
from portal.shared.queue.enqueueing import list_stuck
from portal.subscriptions.queries.coverage import released_until
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.letters import written
from tests.support.people import ClientOf

LAST_OF_JUNE = at_sao_paulo(date(2026, 6, 30), 23, 59)
REFUSE = """
CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION broken();
"""


def break_table(session: Session, table: str) -> None:
    """From now on nobody writes to a table: the database itself fails."""
    session.execute(text(REFUSE.format(table=table)))


def mend_table(session: Session, table: str) -> None:
    session.execute(text(f"DROP TRIGGER broken ON {table}; DROP FUNCTION broken();"))


@pytest.fixture
def contract_id(transaction: Transaction) -> int:
    """A contract that waits for its first payment, R$ 199,90 by boleto, due on 30/06."""
    with transaction() as session:
        contract = make_contract(
            session, make_house(session), state=ContractState.AWAITING_PAYMENT, now=LAST_OF_JUNE
        )
        return contract.id


@pytest.fixture
def work(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def receive(transaction: Transaction, contract_id: int) -> None:
    with transaction() as session:
        invoice = find_first_invoice(session, contract_id)
        assert invoice is not None
        pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=LAST_OF_JUNE)


def require_received(session: Session, contract_id: int) -> None:
    """Paid, active and released."""
    assert session.scalar(select(func.count(Payment.id))) == 1
    invoice = find_first_invoice(session, contract_id)
    assert invoice is not None
    assert invoice.state is InvoiceState.PAID
    assert load_contract(session, contract_id).state is ContractState.ACTIVE
    assert released_until(session, contract_id) == date(2026, 7, 31)


@pytest.mark.usefixtures("work")
class TestMoneyIsReceived:
    @pytest.mark.deep
    def test_when_its_repasse_cannot_be_booked_which_is_tried_again_and_shown(
        self, transaction: Transaction, contract_id: int, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            break_table(session, "repasse_accruals")
        receive(transaction, contract_id)
        run_all(db.engine, clock=lambda: LAST_OF_JUNE)
        later = LAST_OF_JUNE + timedelta(minutes=6)
        run_all(db.engine, clock=lambda: later)
        with transaction() as session:
            require_received(session, contract_id)
            assert find_broken_accruals(session) == [], "it waits, and the page of operations says so"
            job = session.scalars(select(QueuedJob).filter_by(kind="accrue_repasse")).one()
            assert (job.state, job.attempts) == ("waiting", 2)
            stuck = [title for _job, title in list_stuck(session, later)]
            assert stuck == ["Apurar o repasse de uma fatura paga"]
            admin_id = make_user(session, role=Role.ADMIN).id
        assert "Apurar o repasse de uma fatura paga" in client_of(admin_id).get("/operacao").text
        with transaction() as session:
            mend_table(session, "repasse_accruals")
        run_all(db.engine, clock=lambda: LAST_OF_JUNE + timedelta(hours=2))  # it is July by now
        with transaction() as session:
            (row,) = session.scalars(select(RepasseAccrual))
            assert (row.repasse_cents, row.month, row.accrued_at) == (101_43, date(2026, 6, 1), LAST_OF_JUNE)
            assert find_broken_accruals(session) == []
            assert session.scalars(select(QueuedJob.state).filter_by(kind="accrue_repasse")).all() == ["done"]

    @pytest.mark.deep
    @pytest.mark.parametrize("table", ["mail_messages", "boletos", "charges"])
    def test_when_mail_or_boletos_cannot_be_written(
        self, transaction: Transaction, contract_id: int, table: str
    ) -> None:
        with transaction() as session:
            break_table(session, table)
        receive(transaction, contract_id)
        run_all(db.engine, clock=lambda: LAST_OF_JUNE)
        with transaction() as session:
            require_received(session, contract_id)
            mend_table(session, table)
        run_all(db.engine, clock=lambda: LAST_OF_JUNE + timedelta(minutes=1))
        with transaction() as session:
            assert (
                session.scalars(select(QueuedJob.kind).filter_by(lane="default", state="waiting")).all() == []
            )
            subjects = [written(session, mail).subject for mail in session.scalars(select(MailMessage)).all()]
            assert any("ativo" in subject for subject in subjects)
            assert session.scalars(select(Boleto.state)).all() == [BoletoState.WRITTEN_OFF]

    def test_once_however_often_what_follows_is_done(
        self, transaction: Transaction, contract_id: int
    ) -> None:
        receive(transaction, contract_id)
        done = []
        for _again in range(2):
            run_all(db.engine, clock=lambda: LAST_OF_JUNE)
            with transaction() as session:
                done.append(
                    [session.scalar(select(func.count(table.id))) for table in (RepasseAccrual, MailMessage)]
                )
                session.execute(text("UPDATE queued_jobs SET state = 'waiting' WHERE lane = 'default'"))
        assert done[0][0] == 1
        assert done[0] == done[1]
