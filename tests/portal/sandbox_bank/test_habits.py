"""How customers of a demonstration pay by themselves, by the files and notices of a real bank."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.remittances import make_remittance, mark_sent
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import BoletoState
from portal.customers.models import Customer
from portal.gateways.bank_folder import Outgoing, leave_return, list_returns
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.sandbox_bank.models import SandboxPayer
from portal.sandbox_bank.operations.paying import set_habit
from portal.sandbox_bank.rules.acts import BankAct
from portal.sandbox_bank.rules.habits import PayingHabit, amount_of, payment_on
from portal.sandbox_bank.scheduled import pay_by_habit
from portal.shared import clock, queue
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.invoices import make_billed
from tests.factories.users import actor_of, make_user
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

DUE = date(2026, 7, 15)


class TestAHabit:
    @pytest.mark.parametrize(
        ("habit", "method", "boleto", "after", "act"),
        [
            (PayingHabit.ON_TIME, "boleto", BoletoState.REGISTERED, 0, BankAct.BOLETO),
            (PayingHabit.ON_TIME, "boleto", BoletoState.REGISTERED, -1, None),
            (PayingHabit.ON_TIME, "boleto", BoletoState.ISSUED, 0, None),
            (PayingHabit.ON_TIME, "boleto", BoletoState.ISSUED, 5, BankAct.PIX),
            (PayingHabit.ON_TIME, "boleto", None, 0, BankAct.PIX),
            (PayingHabit.ON_TIME, "ted", None, 0, BankAct.TED),
            (PayingHabit.ON_TIME, "card", None, 30, None),
            (PayingHabit.NEVER, "boleto", BoletoState.REGISTERED, 300, None),
            (PayingHabit.OTHER_WAY, "card", None, 0, BankAct.PIX),
            (PayingHabit.OTHER_WAY, "boleto", BoletoState.REGISTERED, 0, BankAct.PIX),
            (PayingHabit.PARTLY, "boleto", BoletoState.REGISTERED, 0, BankAct.PIX),
        ],
    )
    def test_pays_by_what_and_when(
        self, habit: PayingHabit, method: str, boleto: BoletoState | None, after: int, act: BankAct | None
    ) -> None:
        today = DUE + timedelta(days=after)
        found = payment_on(habit, method=method, boleto=boleto, due_on=DUE, days_late=0, today=today)
        assert (found.act if found else None) is act

    def test_of_paying_late_waits_for_so_many_days(self) -> None:
        def on(today: date) -> bool:
            found = payment_on(
                PayingHabit.LATE, method="ted", boleto=None, due_on=DUE, days_late=7, today=today
            )
            return found is not None

        assert [on(date(2026, 7, day)) for day in (15, 21, 22)] == [False, False, True]

    def test_of_paying_partly_brings_half_rounded_up(self) -> None:
        found = payment_on(PayingHabit.PARTLY, method="ted", boleto=None, due_on=DUE, days_late=0, today=DUE)
        assert found
        assert amount_of(found, 100_01) == 50_01


def billed(session: Session, habit: PayingHabit, *, days_late: int = 0) -> Invoice:
    invoice = make_billed(session).invoice
    customer = session.get_one(Customer, invoice.customer_id)
    set_habit(session, customers=[customer], habit=habit, days_late=days_late)
    return invoice


def live(app: Flask, day: date) -> None:
    """The bank's day, and what the portal does about it."""
    now = at_sao_paulo(day, 6)
    with app.app_context():
        pay_by_habit(db.session, now=now)
        db.session.commit()
        queue.run_all(db.engine, clock=lambda: now)


class TestTheBanksDay:
    def test_registers_what_was_sent_and_then_pays_the_boleto_once(self, app: Flask) -> None:
        with app.app_context():
            invoice = billed(db.session, PayingHabit.ON_TIME)
            due, invoice_id, amount = invoice.due_on, invoice.id, invoice.amount_cents
            now = at_sao_paulo(due - timedelta(days=2), 6)
            finance = actor_of(make_user(db.session, role=Role.FINANCE))
            file = make_remittance(
                db.session,
                account=boleto_account(db.session),
                actor=finance,
                now=now,
            )
            mark_sent(db.session, file_id=file.id, actor=None, now=now)
            db.session.commit()
        live(app, due - timedelta(days=1))
        with app.app_context():
            state = db.session.scalars(select(Boleto.state).where(Boleto.invoice_id == invoice_id)).one()
            assert state is BoletoState.REGISTERED
        for _twice in range(2):
            live(app, due)
        with app.app_context():
            paid = db.session.scalars(select(Payment)).one()
            assert (paid.amount_cents, paid.fee_cents, paid.credited_cents) == (amount, 333, amount - 333)
            assert db.session.get_one(Invoice, invoice_id).state is InvoiceState.PAID

    @pytest.mark.deep
    def test_pays_twice_for_who_pays_twice(self, app: Flask) -> None:
        with app.app_context():
            invoice = billed(db.session, PayingHabit.TWICE)
            due, amount = invoice.due_on + timedelta(days=5), invoice.amount_cents  # no bank knows the boleto
            asked = invoice.id
            db.session.commit()
        live(app, due)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Payment)) == 2
            assert db.session.get_one(Invoice, asked).state is InvoiceState.PAID
            assert db.session.scalars(select(CustomerCredit.amount_cents)).one() >= amount

    def test_pays_half_and_leaves_the_rest(self, app: Flask) -> None:
        with app.app_context():
            invoice = billed(db.session, PayingHabit.PARTLY)
            due, amount, asked = invoice.due_on, invoice.amount_cents, invoice.id
            db.session.commit()
        for _twice in range(2):
            live(app, due)
        with app.app_context():
            left = db.session.get_one(Invoice, asked)
            assert (left.state, left.paid_cents) == (InvoiceState.OPEN, -(-amount // 2))

    def test_does_nothing_for_who_never_pays_or_has_no_habit(self, app: Flask) -> None:
        with app.app_context():
            due = billed(db.session, PayingHabit.NEVER).due_on
            db.session.commit()
        live(app, due + timedelta(days=40))
        with app.app_context():
            assert db.session.scalars(select(Payment)).all() == []


class TestAReturnOfTheTestBank:
    def test_is_there_for_the_portal_at_once_and_only_whole(self, tmp_path: Path) -> None:
        leave_return(Outgoing(folder=tmp_path, name="a.ret", content=b"02RETORNO"))
        found = list_returns(tmp_path, now=clock.wall())
        assert [path.name for path in found] == ["a.ret"]
        assert found[0].read_bytes() == b"02RETORNO"


class TestThePage:
    def test_sets_and_shows_how_a_customer_pays(self, app: Flask, client_of: ClientOf) -> None:
        with app.app_context():
            customer_id = make_billed(db.session).invoice.customer_id
            finance = make_user(db.session, role=Role.FINANCE).id
            db.session.commit()
        carla = client_of(finance)
        page = f"/banco-de-teste/clientes/{customer_id}"
        carla.get(page)
        refused = carla.submit(page, {"habit": "late", "days_late": ""})
        assert refused.status_code == 422
        assert "um número de 1 a 365" in refused.text
        assert carla.submit(page, {"habit": "late", "days_late": "12"}).status_code == 303
        shown = carla.get("/banco-de-teste/clientes?habito=late").text
        assert "Com atraso" in shown
        assert ">12<" in shown
        assert ";Com atraso;12" in carla.get("/banco-de-teste/clientes.csv").text

    def test_lets_all_others_pay_on_time(self, app: Flask, client_of: ClientOf) -> None:
        with app.app_context():
            make_billed(db.session)
            finance = make_user(db.session, role=Role.FINANCE).id
            db.session.commit()
        carla: PortalClient = client_of(finance)
        carla.get("/banco-de-teste/clientes")
        carla.submit("/banco-de-teste/clientes")
        with app.app_context():
            assert set(db.session.scalars(select(SandboxPayer.habit))) == {PayingHabit.ON_TIME}
