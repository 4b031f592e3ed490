"""Tasks: opened once, given to somebody, and closed only with a result."""

import csv
import io
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.shared import clock
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.tasks.models import Task
from portal.tasks.operations import close_task, open_or_mention, open_task
from portal.tasks.queries import list_mentions
from portal.tasks.rules import ResultMissing, TaskClosed, TaskKind, TaskResult
from tests.factories.contracts import make_contract
from tests.factories.payouts import close_month, lots_of, make_finance, pay_lot
from tests.factories.quotes import NOON, House, make_house
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf

MID_JUNE = at_sao_paulo(date(2026, 6, 10), 12)


def make_task(
    session: Session, title: str = "Devolver R$ 50,00", *, key: str = "refund:1", **changes: object
) -> Task:
    values = {"team": Role.FINANCE, "due_at": NOON, "now": NOON, "kind": TaskKind.REFUND} | changes
    return open_task(session, key=key, title=title, **values)  # type: ignore[arg-type]


def mention(session: Session, said: str, *, cause: str = "causa") -> Task:
    return open_or_mention(
        session,
        cause=cause,
        said=[said],
        team=Role.FINANCE,
        title="Aviso que não entendemos",
        detail="Veja o que é.",
        due_at=NOON,
        now=NOON,
    )


class TestOpening:
    @pytest.mark.deep
    def test_twice_for_one_cause_asks_once(self, session: Session) -> None:
        first = make_task(session)
        assert make_task(session, "Devolver R$ 60,00").id == first.id
        assert first.title == "Devolver R$ 50,00"

    def test_of_what_comes_again_is_one_while_it_is_open(self, session: Session) -> None:
        first = mention(session, "aviso 1")
        assert [mention(session, said).id for said in ("aviso 2", "aviso 1")] == [first.id] * 2
        assert mention(session, "aviso 1", cause="outra").id != first.id
        found = list_mentions(session, first.id)
        assert (found.count, [one.said for one in found.newest]) == (2, ["aviso 2", "aviso 1"])
        finance = actor_of(make_user(session, role=Role.FINANCE))
        close_task(session, task=first, result=TaskResult.DONE, note="Visto", actor=finance, now=NOON)
        again = mention(session, "aviso 3")
        assert again.id != first.id
        assert mention(session, "aviso 4").id == again.id
        assert list_mentions(session, first.id).count == 2

    @pytest.mark.parametrize("change", ["UPDATE task_mentions SET said = 'x'", "DELETE FROM task_mentions"])
    def test_keeps_what_came(self, session: Session, change: str) -> None:
        mention(session, "aviso 1")
        with pytest.raises(IntegrityError, match="stays as it was"):
            session.execute(text(change))

    def test_is_about_a_row_and_its_owner(self, session: Session) -> None:
        house = make_house(session)
        task = make_task(session, subject=house.customer)
        assert (task.subject_type, task.subject_id) == ("customers", house.customer.id)
        assert (task.partner_id, task.customer_id) == (house.partner.id, house.customer.id)


class TestClosing:
    def test_needs_a_result(self, session: Session) -> None:
        task, actor = make_task(session), make_finance(session)
        with pytest.raises(ResultMissing):
            close_task(session, task=task, result=TaskResult.DONE, note="  ", actor=actor, now=NOON)
        assert task.closed_at is None

    def test_happens_once(self, session: Session) -> None:
        task, actor = make_task(session), make_finance(session)
        close_task(session, task=task, result=TaskResult.DONE, note="Pago", actor=actor, now=NOON)
        with pytest.raises(TaskClosed):
            close_task(session, task=task, result=TaskResult.NOT_NEEDED, note="x", actor=actor, now=NOON)
        assert (task.result, task.result_note) == (TaskResult.DONE, "Pago")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE tasks SET closed_at = due_at",
            "UPDATE tasks SET closed_at = due_at, result = 'done'",
            "UPDATE tasks SET title = 'Outra'",
            "DELETE FROM tasks",
        ],
    )
    def test_without_a_result_is_refused_by_the_database(self, session: Session, statement: str) -> None:
        make_task(session)
        with pytest.raises(IntegrityError):
            session.execute(text(statement))


class TestTheRepasseOfAMonth:
    @pytest.mark.deep
    def test_asks_finance_to_pay_and_is_done_when_it_is_paid(self, session: Session) -> None:
        house, finance = make_house(session), make_finance(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
        close_month(session, date(2026, 6, 1), actor=finance)  # on Friday 03/07
        task = session.scalars(select(Task)).one()
        assert task.title == (f"Pagar R$\xa0101,43 a {house.partner.trade_name}, extrato de junho de 2026")
        assert task.due_at == at_sao_paulo(date(2026, 7, 10), 18)
        (lot,) = lots_of(session, house.partner.id)
        pay_lot(session, lot, actor=finance, on=date(2026, 7, 6))
        session.refresh(task)
        assert task.result is TaskResult.DONE
        assert task.result_note == "Pago em 06/07/2026, identificação TED 778812."


@pytest.fixture
def people(app: Flask, transaction: Transaction) -> tuple[House, Actor]:
    """A house, somebody of finance, and three tasks: late, of today, and of support."""
    del app
    now = clock.now()
    with transaction() as session:
        session.expire_on_commit = False
        house, finance = make_house(session), make_finance(session)
        make_task(session, "Devolver R$ 50,00", due_at=now - timedelta(days=2), subject=house.customer)
        make_task(session, "Conferir depósito", key="2", due_at=now, kind=TaskKind.OTHER)
        make_task(session, "Ligar para a padaria", key="3", team=Role.SUPPORT, due_at=now + timedelta(days=9))
    return house, finance


@pytest.fixture
def finance(people: tuple[House, Actor], client_of: ClientOf) -> PortalClient:
    return client_of(people[1].user_id)


class TestThePage:
    def test_lists_ones_own_team_and_narrows(self, finance: PortalClient) -> None:
        page = finance.get("/tarefas").text
        assert "Devolver R$ 50,00" in page
        assert "Conferir depósito" in page
        assert "Ligar para a padaria" not in page
        late = finance.get("/tarefas?estado=atrasadas").text
        assert "Devolver R$ 50,00" in late
        assert "Conferir depósito" not in late
        assert "Ligar para a padaria" in finance.get("/tarefas?equipe=todas").text
        assert "Conferir depósito" not in finance.get("/tarefas?busca=devolver").text

    def test_counts_in_the_menu_what_is_due(self, finance: PortalClient) -> None:
        assert '<span class="count count-needs">2</span>' in finance.get("/conta").text

    def test_goes_to_a_spreadsheet(self, finance: PortalClient, people: tuple[House, Actor]) -> None:
        answer = finance.get("/tarefas.csv?tipo=refund")
        (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
        assert (row["Tarefa"], row["Tipo"]) == ("Devolver R$ 50,00", "Devolver dinheiro")
        assert row["Parceiro"] == people[0].partner.trade_name

    def test_is_not_for_resellers(self, people: tuple[House, Actor], client_of: ClientOf) -> None:
        assert client_of(people[0].seller.user_id).get("/tarefas").status_code == 403


class TestOneTask:
    def test_opens_its_subject_and_is_closed_with_words(
        self, finance: PortalClient, people: tuple[House, Actor], transaction: Transaction
    ) -> None:
        with transaction() as session:
            task_id = session.scalars(select(Task.id).where(Task.key == "refund:1")).one()
        path = f"/tarefas/{task_id}"
        assert f'href="/clientes/{people[0].customer.id}"' in finance.get(path).text
        silent = finance.submit(f"{path}/encerrar", {"result": "done", "note": " "})
        assert silent.status_code == 422
        assert "Escreva o que foi feito, ou por que não foi." in silent.text
        done = finance.submit(f"{path}/encerrar", {"result": "done", "note": "Devolvido por Pix"})
        assert location(done) == "/tarefas"
        assert "Devolvido por Pix" in finance.get(path).text
        again = finance.submit(f"{path}/encerrar", {"result": "done", "note": "De novo"})
        assert again.status_code == 409
        assert "já foi encerrada" in again.text

    def test_is_given_to_somebody_of_its_team_only(
        self, finance: PortalClient, people: tuple[House, Actor], transaction: Transaction
    ) -> None:
        with transaction() as session:
            task_id = session.scalars(select(Task.id).where(Task.key == "2")).one()
            stranger = make_user(session, role=Role.SUPPORT).id
        path = f"/tarefas/{task_id}"
        finance.get(path)
        assert location(finance.submit(f"{path}/responsavel", {"owner": people[1].user_id})) == path
        assert "Fábio Nunes" in finance.get("/tarefas?responsavel=meus").text
        refused = finance.submit(f"{path}/responsavel", {"owner": stranger})
        assert "Escolha alguém da equipe desta tarefa." in refused.text
        nobody = finance.submit(f"{path}/responsavel", {"owner": "ninguém"})
        assert "Escolha alguém da equipe desta tarefa." in nobody.text

    def test_by_hand_is_made_once(self, finance: PortalClient, transaction: Transaction) -> None:
        page = finance.get("/tarefas/nova").text
        key = page.split('name="creation_key"')[1].split('value="')[1].split('"')[0]
        typed = {"title": "Pedir extrato", "team": "finance", "due_on": "10/12/2026", "creation_key": key}
        for _click in range(2):
            assert location(finance.submit("/tarefas/nova", typed)) == "/tarefas"
        with transaction() as session:
            (task,) = session.scalars(select(Task).where(Task.title == "Pedir extrato"))
            assert task.due_at == at_sao_paulo(date(2026, 12, 10), 18)
        empty = finance.submit("/tarefas/nova", typed | {"title": ""})
        assert "Escreva o que é preciso fazer." in empty.text
