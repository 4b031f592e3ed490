"""Finance's daily work while the clock is moved."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.rules.bank_files import BankFileKind, BankFileState
from portal.banking.rules.boleto import BoletoState
from portal.customers.models import Customer
from portal.demo.clock.desk import keep_desk
from portal.demo.clock.moving import move_on
from portal.demo.clock.operations import ask_to_move
from portal.demo.people import load_people
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.sandbox_bank.operations.paying import set_habit
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared import clock
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.invoices import make_billed
from tests.factories.quotes import NOON


def next_weekday(number: int) -> datetime:
    """Noon of the next such day, Monday being 0."""
    days = (NOON + timedelta(days=ahead) for ahead in range(7))
    return next(at for at in days if at.astimezone(clock.SAO_PAULO).weekday() == number)


class TestTheDesk:
    def test_sends_the_boletos_that_wait(self, session: Session) -> None:
        load_people(session, now=NOON)
        make_billed(session)
        keep_desk(session, now=next_weekday(2))
        file = session.scalars(select(BankFile).filter_by(kind=BankFileKind.REMITTANCE)).one()
        assert file.state is BankFileState.SENT
        assert session.scalars(select(Boleto.remittance_id)).one() == file.id

    def test_rests_on_a_sunday(self, session: Session) -> None:
        load_people(session, now=NOON)
        make_billed(session)
        keep_desk(session, now=next_weekday(6))
        assert session.scalars(select(BankFile)).all() == []


class TestAWeekOfTheClock:
    @pytest.mark.deep
    def test_sends_registers_and_pays_a_boleto_by_the_real_files(self, demo_app: Flask) -> None:
        with demo_app.app_context():
            now = clock.now()
            load_people(db.session, now=now)
            invoice = make_billed(db.session, now=now).invoice
            customer = db.session.get_one(Customer, invoice.customer_id)
            set_habit(db.session, customers=[customer], habit=PayingHabit.LATE, days_late=2)
            until = at_sao_paulo(invoice.due_on + timedelta(days=3), 15)
            invoice_id, amount = invoice.id, invoice.amount_cents
            ask_to_move(db.session, until=until, keeps_desk=True, asked_by_id=None, now=now)
            db.session.commit()
            assert move_on(db.engine)
            db.session.expire_all()
            assert db.session.get_one(Invoice, invoice_id).state is InvoiceState.PAID
            states = set(db.session.scalars(select(Boleto.state).where(Boleto.invoice_id == invoice_id)))
            assert states == {BoletoState.PAID}
            paid = db.session.scalars(select(Payment)).one()
            assert (paid.source.value, paid.fee_cents) == ("boleto", 333)
            assert paid.amount_cents >= amount  # two days late: face value and charges
