"""A partner's own list against its statement: what differs is a work list whose decisions stay."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.payouts.models import Divergence
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.tasks.models import Task
from tests.factories.contracts import make_contract
from tests.factories.payouts import close_month, lots_of, make_finance
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf
from tests.support.remembered import remembered

MID_JUNE = at_sao_paulo(date(2026, 6, 10), 12)


class Statement:
    """June of a house: invoices 1 to 3, each R$ 101,43 of repasse."""

    def __init__(self, house: House, payout_id: int, numbers: list[int], finance: int) -> None:
        self.house, self.payout_id, self.numbers, self.finance = house, payout_id, numbers, finance
        self.path = f"/repasses/extratos/{payout_id}/conferencia"


@remembered
def closed_june(session: Session) -> tuple[House, int, list[int], int]:
    house, finance = make_house(session), make_finance(session)
    for _customer in range(3):
        make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
    close_month(session, date(2026, 6, 1), actor=finance)
    (lot,) = lots_of(session, house.partner.id)
    numbers = list(session.scalars(select(Invoice.number).order_by(Invoice.number)))
    return house, lot.id, [number or 0 for number in numbers], finance.user_id


@pytest.fixture
def statement(transaction: Transaction) -> Statement:
    with transaction() as session:
        session.expire_on_commit = False
        return Statement(*closed_june(session))


@pytest.fixture
def seller(statement: Statement, client_of: ClientOf) -> PortalClient:
    client = client_of(statement.house.seller.user_id)
    client.get(statement.path)
    return client


def send(
    client: PortalClient, statement: Statement, *lines: str, header: str = "Fatura;Repasse"
) -> TestResponse:
    content = "\n".join((header, *lines)).encode()
    return client.submit(
        statement.path,
        {"file": (io.BytesIO(content), "minha-lista.csv")},
        content_type="multipart/form-data",
    )


def found(transaction: Transaction) -> list[tuple[str, int, int | None, int | None]]:
    with transaction() as session:
        rows = session.scalars(select(Divergence).order_by(Divergence.invoice_number, Divergence.id))
        return [(row.kind.value, row.invoice_number, row.ours_cents, row.theirs_cents) for row in rows]


class TestAList:
    @pytest.mark.deep
    def test_that_says_the_same_to_a_centavo_leaves_nothing(
        self, seller: PortalClient, statement: Statement, transaction: Transaction
    ) -> None:
        one, two, three = statement.numbers
        answer = send(seller, statement, f"{one:06d};101,43", f"{two};101,42", f"{three};R$ 101,44")
        assert location(answer) == statement.path
        assert found(transaction) == []
        assert "Tudo confere" in seller.get(statement.path).text

    def test_shows_what_differs_and_what_one_side_alone_has(
        self, seller: PortalClient, statement: Statement, transaction: Transaction
    ) -> None:
        one, two, three = statement.numbers
        send(seller, statement, f"{one};101,45", f"{two};60,00", f"{two};41,43", "999;10,00")
        assert found(transaction) == [
            ("amount", one, 101_43, 101_45),
            ("not_theirs", three, 101_43, None),
            ("not_ours", 999, None, 10_00),
        ]
        page = seller.get(statement.path).text
        for words in ("Valor diferente", "Só no extrato", "Só na lista do parceiro", "R$\xa0101,45"):
            assert words in page
        answer = seller.get(f"{statement.path}.csv?tipo=amount")
        (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
        assert (row["No extrato"], row["Na lista"], row["Diferença"]) == ("101,43", "101,45", "0,02")

    @pytest.mark.deep
    def test_may_be_the_exported_statement_itself(
        self, seller: PortalClient, statement: Statement, transaction: Transaction
    ) -> None:
        exported = seller.get(f"/repasses/extratos/{statement.payout_id}.csv").data
        seller.get(statement.path)
        file = {"file": (io.BytesIO(exported), "extrato.csv")}
        seller.submit(statement.path, file, content_type="multipart/form-data")
        assert found(transaction) == []
        assert "Tudo confere" in seller.get(statement.path).text

    @pytest.mark.parametrize(
        ("header", "line", "said"),
        [
            ("Fatura;Valor", "1;2,00", "Não encontramos a coluna Repasse."),
            ("Fatura;Repasse", "x;2,00", "Linha 2: escreva o número da fatura"),
            ("Fatura;Repasse", "1;dois", "Linha 2: escreva o repasse em reais"),
        ],
    )
    def test_that_cannot_be_read_is_refused_naming_the_line(
        self, seller: PortalClient, statement: Statement, header: str, line: str, said: str
    ) -> None:
        answer = send(seller, statement, line, header=header)
        assert answer.status_code == 422
        assert said in answer.text


class TestADecision:
    def test_stays_when_the_list_is_sent_again(
        self, seller: PortalClient, statement: Statement, transaction: Transaction
    ) -> None:
        one, two, three = statement.numbers
        lines = (f"{one};90,00", f"{two};101,43", f"{three};80,00")
        send(seller, statement, *lines)
        with transaction() as session:
            first = session.scalars(select(Divergence.id).order_by(Divergence.id)).first()
        path = f"/repasses/divergencias/{first}"
        seller.get(path)
        empty = seller.submit(f"{path}/decisao", {"decision": "accepted", "note": ""})
        assert "Escreva o motivo." in empty.text
        typed = {"decision": "accepted", "note": "Eu não tinha o reajuste"}
        assert location(seller.submit(f"{path}/decisao", typed)) == statement.path
        assert seller.submit(f"{path}/decisao", typed).status_code == 409
        send(seller, statement, *lines)
        assert len(found(transaction)) == 2
        page = seller.get(f"{statement.path}?estado=abertas").text
        assert f"Fatura {three:06d}" in page
        assert f"Fatura {one:06d}" not in page
        assert "O extrato está certo" in seller.get(f"{statement.path}?estado=decididas").text

    @pytest.mark.deep
    def test_for_a_review_asks_finance_whose_answer_stands_there(
        self, seller: PortalClient, statement: Statement, transaction: Transaction, client_of: ClientOf
    ) -> None:
        one, *_others = statement.numbers
        send(seller, statement, f"{one};150,00")
        with transaction() as session:
            row = session.scalars(select(Divergence.id).where(Divergence.invoice_number == one)).one()
        path = f"/repasses/divergencias/{row}"
        seller.submit(f"{path}/decisao", {"decision": "review", "note": "O contrato diz outro valor"})
        with transaction() as session:
            task_id = session.scalars(select(Task.id).where(Task.kind == "review_repasse")).one()
        finance = client_of(statement.finance)
        assert f'href="{path}"' in finance.get(f"/tarefas/{task_id}").text
        finance.submit(
            f"/tarefas/{task_id}/encerrar", {"result": "done", "note": "O aditivo vale desde julho"}
        )
        assert "O aditivo vale desde julho" in seller.get(path).text

    def test_is_kept_by_the_database(
        self, seller: PortalClient, statement: Statement, transaction: Transaction
    ) -> None:
        send(seller, statement, "999;10,00")
        with transaction() as session, pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text("UPDATE payout_divergences SET theirs_cents = 1"))

    @pytest.mark.deep
    def test_is_the_partners_alone(
        self, seller: PortalClient, statement: Statement, transaction: Transaction, client_of: ClientOf
    ) -> None:
        send(seller, statement, "999;10,00")
        with transaction() as session:
            row = session.scalars(select(Divergence.id).limit(1)).one()
            admin = make_user(session, role=Role.ADMIN).id
            stranger = make_house(session).seller.user_id
        assert client_of(stranger).get(f"/repasses/divergencias/{row}").status_code == 404
        assert client_of(stranger).get(statement.path).status_code == 404
        client = client_of(admin)
        assert "Sua lista" not in client.get(statement.path).text
        assert client.get(f"/repasses/divergencias/{row}").status_code == 200
