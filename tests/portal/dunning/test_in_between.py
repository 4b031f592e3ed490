"""What happens between a run's parts: money of the day, a payment on its way, a hold, a second click."""

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.banking.rules.bank_notices import PROCESS_BANK_NOTICE
from portal.banking.rules.boleto import BoletoState
from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.dunning.models import DunningMessage
from portal.dunning.operations.holds import hold
from portal.dunning.operations.runs import drop_run, prepare_run, release_run, send_chunk
from portal.dunning.rules.sending import HoldKind, NotToday, RunGone
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.queue import enqueue
from portal.shared.queue.rows import QueuedJob
from portal.tasks.models import Task
from tests.factories.dunning import CALL, REMINDER, policy_of
from tests.factories.overdue import active, invoices_of, night
from tests.factories.quotes import House, make_house
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

FIFTH_OF_JULY = date(2026, 7, 5)


def at(day: int, hour: int = 9) -> datetime:
    return at_sao_paulo(date(2026, 7, day), hour)


@pytest.fixture
def house(session: Session) -> House:
    """An invoice due on Wednesday 15/07, of which a mail reminds on the 17th and a call on the 23rd."""
    house = make_house(session)
    policy_of(session, REMINDER, CALL, actor=house.admin)
    active(session, house)
    night(session, FIFTH_OF_JULY)
    return house


class TestARun:
    @pytest.mark.usefixtures("house")
    def test_is_not_prepared_before_the_days_notices_are_worked_off(self, session: Session) -> None:
        enqueue(session, PROCESS_BANK_NOTICE, subject_id=1, now=at(17, 8))
        with pytest.raises(NotToday, match="avisos do banco"):
            prepare_run(session, now=at(17))
        for job in session.scalars(select(QueuedJob).filter_by(kind=PROCESS_BANK_NOTICE)):
            session.delete(job)
        session.flush()
        prepare_run(session, now=at(17))
        assert session.scalar(select(func.count()).select_from(DunningMessage)) == 1

    def test_that_left_is_dropped_by_nobody(self, session: Session, house: House) -> None:
        run = prepare_run(session, now=at(17))
        release_run(session, run.id, actor=house.admin, now=at(17))
        with pytest.raises(RunGone):
            drop_run(session, run.id, actor=house.admin, now=at(17))

    @pytest.mark.deep
    @pytest.mark.usefixtures("house")
    def test_hands_on_each_reminder_once(self, session: Session) -> None:
        """A call that ended is not asked for again by a queue that comes twice."""
        run = prepare_run(session, now=at(23))
        release_run(session, run.id, actor=None, now=at(23))
        send_chunk(session, run.id, now=at(23))
        (message,) = session.scalars(select(DunningMessage).filter_by(run_id=run.id))
        session.refresh(message)
        first = message.queued_at
        send_chunk(session, run.id, now=at(23, 10))
        session.refresh(message)
        assert message.queued_at == first == at(23)
        assert session.scalar(select(func.count()).select_from(Task).filter_by(kind="call")) == 1


class TestAMailThatWaits:
    @pytest.fixture
    def waiting(self, app: Flask, outbox: MailServer, transaction: Transaction) -> int:
        """Released on Saturday; the mail server comes back on Monday. The customer's id."""
        with transaction() as session:
            house = make_house(session)
            policy_of(session, REMINDER, actor=house.admin)
            customer_id = active(session, house).customer_id
            night(session, FIFTH_OF_JULY)
        let_mails_leave(app, at(6))
        outbox.messages.clear()
        with transaction() as session:
            run = prepare_run(session, now=at(18))
            release_run(session, run.id, actor=None, now=at(18))
            send_chunk(session, run.id, now=at(18))
        outbox.stop()
        let_mails_leave(app, at(18, 13))
        outbox.start()
        return customer_id

    @pytest.mark.deep
    def test_leaves_when_nothing_happened(self, app: Flask, outbox: MailServer, waiting: int) -> None:
        let_mails_leave(app, at(20, 8))
        assert (waiting > 0, len(outbox.messages)) == (True, 1)

    def test_is_not_sent_once_the_bank_reported_the_boleto_as_paid(
        self, app: Flask, outbox: MailServer, transaction: Transaction, waiting: int
    ) -> None:
        with transaction() as session:
            contract = session.scalars(select(Contract).filter_by(customer_id=waiting)).one()
            invoice = invoices_of(session, contract)[0]
            boleto = issue_boleto(
                session, invoice_id=invoice.id, account=boleto_account(session), now=at(18, 14)
            )
            boleto.state, boleto.paid_at = BoletoState.PAID_UNSETTLED, at(19, 10)
        let_mails_leave(app, at(20, 8))
        assert outbox.messages == []

    @pytest.mark.deep
    @pytest.mark.parametrize("kind", HoldKind)
    def test_is_not_sent_to_whom_was_left_alone_meanwhile(
        self, app: Flask, outbox: MailServer, transaction: Transaction, waiting: int, kind: HoldKind
    ) -> None:
        with transaction() as session:
            hold(
                session,
                customer=session.get_one(Customer, waiting),
                kind=kind,
                until_on=None if kind is HoldKind.OPT_OUT else date(2026, 7, 25),
                reason="Ligou no sábado",
                actor=actor_of(make_user(session, role=Role.ADMIN)),
                now=at(18, 15),
            )
        let_mails_leave(app, at(20, 8))
        assert outbox.messages == []
