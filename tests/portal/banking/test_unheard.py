"""What a bank said by itself and the portal could not use: finance is asked to look."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.operations.applying import apply_return
from portal.banking.rules.bank_files import BankFileState
from portal.banking.scheduled import collect_returns
from portal.dunning.queries.preparing import unprocessed
from portal.sandbox_bank.rules.returns import return_file
from portal.shared.auth import Role
from portal.tasks.models import Task, TaskMention
from portal.tasks.operations import close_task
from portal.tasks.rules import TaskResult
from tests.factories.bank_files import bring
from tests.factories.invoices import make_invoice
from tests.factories.payments import A_DAY_LATER, ACCOUNT
from tests.factories.users import actor_of, make_user
from tests.portal.banking.test_bank_files import boleto_of, line
from tests.portal.banking.test_bank_folder import folder, leave, paying
from tests.support.application import Transaction
from tests.support.people import ClientOf

__all__ = ["folder"]


def asked(session: Session) -> dict[str, list[str]]:
    """The titles of the tasks, each with what came of it."""
    return {
        task.title: list(
            session.scalars(
                select(TaskMention.said).where(TaskMention.task_id == task.id).order_by(TaskMention.id)
            )
        )
        for task in session.scalars(select(Task).order_by(Task.id))
    }


class TestADamagedReturnOfTheFolder:
    def test_is_one_task_that_names_each(self, folder: Path, session: Session) -> None:
        content = paying(session)[:-402]
        for name in ("A.RET", "B.RET"):
            leave(folder, name, content if name == "A.RET" else b"<html>")
        collect_returns(session, now=A_DAY_LATER)
        (title,) = asked(session)
        assert title == "Retorno com defeito vindo do banco"
        first, second = asked(session)[title]
        assert first.startswith("A.RET: A linha 2 ")
        assert "falta o resto" in first
        assert second.startswith("B.RET: ")
        assert "página da internet" in second
        leave(folder, "A.RET", content)
        collect_returns(session, now=A_DAY_LATER)
        assert len(asked(session)[title]) == 2
        assert len(session.scalars(select(BankFile)).all()) == 1

    @pytest.mark.deep
    @pytest.mark.usefixtures("app")
    def test_is_seen_with_its_line_among_the_files(
        self, folder: Path, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            leave(folder, "A.RET", paying(session)[:-402])
            collect_returns(session, now=A_DAY_LATER)
            file_id = session.scalars(select(BankFile.id)).one()
            task_id = session.scalars(select(Task.id)).one()
            finance_id = make_user(session, role=Role.FINANCE).id
        client = client_of(finance_id)
        page = client.get("/arquivos-do-banco").text
        assert "Retornos recusados" in page
        assert "A.RET: A linha 2 " in page
        assert f'href="/tarefas/{task_id}"' in page
        assert "Com defeito" in page
        assert "falta o resto" in client.get(f"/arquivos-do-banco/{file_id}").text
        task = client.get(f"/tarefas/{task_id}").text
        assert f'href="/arquivos-do-banco/{file_id}"' in task
        assert "A.RET: A linha 2 " in task

    def test_holds_reminders_until_somebody_looked(self, folder: Path, session: Session) -> None:
        leave(folder, "A.RET", paying(session)[:-402])
        collect_returns(session, now=A_DAY_LATER)
        assert "retorno com defeito" in unprocessed(session)
        task = session.scalars(select(Task)).one()
        finance = actor_of(make_user(session, role=Role.FINANCE))
        close_task(
            session, task=task, result=TaskResult.DONE, note="Veio de novo", actor=finance, now=A_DAY_LATER
        )
        assert session.scalars(select(BankFile.state)).one() is BankFileState.DAMAGED
        assert unprocessed(session) == ""


class TestACodeNobodyToldUsOf:
    @pytest.mark.deep
    def test_in_what_no_person_read_is_one_task_a_code(self, app: Flask, session: Session) -> None:
        del app
        boletos = [boleto_of(session, make_invoice(session)) for _ in range(3)]
        for number, codes in enumerate((("99", "99", "98"), ("99",)), start=1):
            lines = [line(boleto, code) for boleto, code in zip(boletos, codes, strict=False)]
            told = return_file(ACCOUNT, lines, made_at=A_DAY_LATER, number=number)
            file = bring(session, told, name=f"CN{number}.RET", now=A_DAY_LATER)
            apply_return(session, file=file, actor=None, now=A_DAY_LATER)
        assert asked(session) == {
            "Ocorrência 99 que não conhecemos em retorno do Itaú Unibanco": [
                "CN1.RET: 2 linhas, a primeira é a 2",
                "CN2.RET: 1 linha, a primeira é a 2",
            ],
            "Ocorrência 98 que não conhecemos em retorno do Itaú Unibanco": [
                "CN1.RET: 1 linha, a primeira é a 4"
            ],
        }

    def test_that_a_person_read_before_is_no_task(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        told = return_file(ACCOUNT, [line(boleto, "99")], made_at=A_DAY_LATER, number=1)
        finance = actor_of(make_user(session, role=Role.FINANCE))
        file = bring(session, told, actor=finance, now=A_DAY_LATER)
        apply_return(session, file=file, actor=finance, now=A_DAY_LATER)
        assert asked(session) == {}
