"""The phone desk: whom to call first, what to say, and what follows from how a call ends."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.dunning.models import DunningHold, DunningMessage
from portal.dunning.operations.calling import end_call
from portal.dunning.operations.calls import end_needless_calls
from portal.dunning.operations.holds import hold
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.queries.calling import call_list, list_calls, paying_of
from portal.dunning.queries.reading import get_message
from portal.dunning.rules.calls import CallOutcome, PromiseDayMissing, next_call_on
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.referrals.rules import code_of
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.tasks.models import Task
from portal.tasks.rules import TaskClosed, TaskKind, TaskResult
from tests.factories.customers import make_customer
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf

FIFTH_OF_JULY = date(2026, 7, 5)
CALL = Step(
    8, Channel.PHONE, Audience.EVERYBODY, 0, "Ligar: {fatura}", "É sobre a fatura {fatura}, de {valor}."
)
LATER = Step(10, Channel.EMAIL, Audience.EVERYBODY, 0, "Fatura {fatura}", "Venceu.")
NINE = at_sao_paulo(date(2026, 7, 23), 9)  # a Thursday, eight days after 15/07


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    policy_of(session, CALL, LATER, actor=house.admin)
    contract = active(session, house)
    night(session, FIFTH_OF_JULY)
    return contract


def called(session: Session, day: date = date(2026, 7, 23)) -> DunningMessage:
    """The run of a day is released: its one call."""
    now = at_sao_paulo(day, 9)
    run = prepare_run(session, now=now)
    release_run(session, run.id, actor=None, now=now)
    send_chunk(session, run.id, now=now)
    session.expire_all()
    (found,) = session.scalars(select(DunningMessage.id).filter_by(run_id=run.id, left_out=None))
    return get_message(session, found)


def ended(
    session: Session,
    house: House,
    message: DunningMessage,
    outcome: CallOutcome,
    *,
    until_on: date | None = None,
    day: date = date(2026, 7, 23),
) -> Task | None:
    following = end_call(
        session,
        message=message,
        customer=session.get_one(Customer, message.customer_id),
        outcome=outcome,
        until_on=until_on,
        words="",
        actor=house.admin,
        now=at_sao_paulo(day, 10),
    )
    session.flush()
    return following


@pytest.mark.usefixtures("contract")
class TestACall:
    @pytest.mark.deep
    def test_that_ends_with_a_promise_leaves_the_customer_alone_until_its_day(
        self, session: Session, house: House
    ) -> None:
        message = called(session)
        ended(session, house, message, CallOutcome.PROMISED, until_on=date(2026, 7, 27))
        (row,) = session.scalars(select(DunningHold))
        assert (row.kind, row.until_on) == (HoldKind.PROMISE, date(2026, 7, 27))
        for day, reasons in ((25, ["promised"]), (27, ["promised"]), (28, [None])):  # broken: it goes on
            run = prepare_run(session, now=at_sao_paulo(date(2026, 7, day), 9))
            found = session.scalars(select(DunningMessage).filter_by(run_id=run.id)).all()
            assert [each.left_out.value if each.left_out else None for each in found] == reasons

    @pytest.mark.deep
    def test_needs_the_day_of_a_promise(self, session: Session, house: House) -> None:
        message = called(session)
        for day in (None, date(2026, 7, 23)):
            with pytest.raises(PromiseDayMissing):
                ended(session, house, message, CallOutcome.PROMISED, until_on=day)

    def test_nobody_answers_is_made_again_three_times_in_all(self, session: Session, house: House) -> None:
        message = called(session)
        days = [date(2026, 7, 23), date(2026, 7, 24), date(2026, 7, 27)]
        following = [ended(session, house, message, CallOutcome.NO_ANSWER, day=day) for day in days]
        # On Friday, and after the weekend on Monday.
        assert [each.due_at if each else None for each in following] == [
            at_sao_paulo(date(2026, 7, 24), 18),
            at_sao_paulo(date(2026, 7, 27), 18),
            None,
        ]
        assert following[0] is not None
        assert following[0].title.startswith("Ligar para")

    def test_to_a_wrong_number_asks_support_to_put_it_right(self, session: Session, house: House) -> None:
        task = ended(session, house, called(session), CallOutcome.WRONG_NUMBER)
        assert task is not None
        assert task.title == f"Corrigir o telefone de {house.customer.display_name}"
        assert task.subject_type == "customers"

    @pytest.mark.deep
    def test_ends_once(self, session: Session, house: House) -> None:
        message = called(session)
        ended(session, house, message, CallOutcome.TALKED)
        with pytest.raises(TaskClosed):
            ended(session, house, message, CallOutcome.AGREED)

    @pytest.mark.deep
    def test_is_made_on_no_weekend_or_holiday(self) -> None:
        assert next_call_on(date(2026, 9, 4)) == date(2026, 9, 8)  # Friday before Independence Day


class TestACallAboutWhatIsPaid:
    def test_is_made_no_more_and_may_still_be_ended_by_who_makes_it(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        message = called(session)
        task = session.scalars(select(Task).filter_by(kind=TaskKind.CALL)).one()
        assert end_needless_calls(session, now=NINE) == 0
        paid(session, invoices_of(session, contract)[0], NINE)
        assert list_calls(session, call_list(NINE.date()).read({})).items == []
        assert end_needless_calls(session, now=NINE + timedelta(minutes=29)) == 0
        assert [end_needless_calls(session, now=NINE + timedelta(minutes=30)) for _ in range(2)] == [1, 0]
        session.refresh(task)
        assert (task.result, task.closed_by_id) == (TaskResult.NOT_NEEDED, None)
        assert message.invoice_id == invoices_of(session, contract)[0].id


class TestTheList:
    @pytest.mark.deep
    def test_has_a_broken_promise_first_and_then_who_owes_most_for_longest(
        self, session: Session, house: House
    ) -> None:
        policy_of(session, CALL, actor=house.admin)
        small, large, broken = (
            active(
                session, replace(house, customer=make_customer(session, partner_id=house.partner.id)), **what
            )
            for what in ({}, {"quantities": {"user": 5, "register": 2}}, {})
        )
        night(session, FIFTH_OF_JULY)
        hold(
            session,
            customer=session.get_one(Customer, broken.customer_id),
            kind=HoldKind.PROMISE,
            until_on=date(2026, 7, 22),
            reason="Prometeu",
            actor=house.admin,
            now=at_sao_paulo(date(2026, 7, 20), 9),
        )
        run = prepare_run(session, now=NINE)
        release_run(session, run.id, actor=None, now=NINE)
        send_chunk(session, run.id, now=NINE)
        page = list_calls(session, call_list(NINE.date()).read({}))
        assert [task.customer_id for task in page.items] == [
            broken.customer_id,
            large.customer_id,
            small.customer_id,
        ]


class TestTheHistory:
    def test_counts_payments_and_promises(self, session: Session, house: House, contract: Contract) -> None:
        """July's is paid seven days late as promised; August's is open, and a promise about it was broken."""
        for day, until in ((20, 22), (24, 25)):
            hold(
                session,
                customer=session.get_one(Customer, house.customer.id),
                kind=HoldKind.PROMISE,
                until_on=date(2026, 7, until),
                reason="Prometeu",
                actor=house.admin,
                now=at_sao_paulo(date(2026, 7, day), 9),
            )
            if day == 20:
                paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 22), 9))
        night(session, date(2026, 8, 5))
        known = paying_of(session, house.customer.id, today=date(2026, 8, 20))
        assert (known.paid, known.in_time, known.days_late) == (2, 1, 7)
        assert (known.open_count, known.open_cents) == (1, 204_37)  # with 4,00 and 0,47 of July's charges
        assert (known.kept, known.broken) == (1, 1)


class TestThePage:
    def test_has_number_history_script_and_buttons_on_the_customers_record(
        self, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with time_machine.travel(NINE):
            with transaction() as session:
                house = make_house(session)
                policy_of(session, CALL, actor=house.admin)
                contract = active(session, house)
                night(session, FIFTH_OF_JULY)
                message_id = called(session).id
                support = make_user(session, role=Role.SUPPORT).id
                code, customer_id = code_of(contract.customer_id), contract.customer_id
            client = client_of(support)
            assert f"/regua/ligacao/{message_id}" in client.get("/regua/ligacoes").text
            page = client.get(f"/regua/ligacao/{message_id}").text
            assert f'href="/clientes/{customer_id}/faturas"' in page  # the tabs of the record
            assert "Olá, Maria! Aqui é da equipe de" in page
            assert "Você sempre paga em dia" in page
            assert "É sobre a fatura 000002, de R$\u00a0204,43." in page
            assert code in page
            # Today's list sells the same for R$ 179,90 by the half year and R$ 159,90 by the year.
            assert "No plano semestral, o mesmo sai por R$\u00a0179,90 por mês" in page
            assert "No plano anual, o mesmo sai por R$\u00a0159,90 por mês" in page
            sent = client.submit(f"/regua/ligacao/{message_id}/e-mail", {})
            assert sent.location == f"/regua/ligacao/{message_id}"  # the call goes on
            assert "sai agora por e-mail para Maria" in client.get(sent.location).text
            asks = page.partition(f'hx-get="/regua/ligacao/{message_id}/fatura')[2].partition('"')[0]
            asks = f"/regua/ligacao/{message_id}/fatura{asks}"
            assert client.ask(asks).status_code == 204  # as much is owed as the page says
            with transaction() as session:
                pay(session, invoice_id=get_message(session, message_id).invoice_id, now=NINE)
            told = client.ask(asks).text
            assert "A fatura 000002 está paga" in told
            assert "hx-get" not in told
            assert f"/regua/ligacao/{message_id}" not in client.get("/regua/ligacoes").text
            address = f"/regua/ligacao/{message_id}/resultado"
            refused = client.submit(address, {"outcome": "promised"})
            assert refused.status_code == 422
            assert "Escreva até que dia" in refused.text
            done = {"outcome": "promised", "until_on": "2026-07-27", "words": "Recebe na segunda"}
            assert client.submit(address, done).status_code == 303
            assert "Recebe na segunda" in client.get(f"/clientes/{customer_id}/cobranca").text
            assert f"/regua/ligacao/{message_id}" not in client.get("/regua/ligacoes").text
            assert client.submit(address, done).status_code == 409
