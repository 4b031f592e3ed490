"""Statements on the screen, as a file and on paper: for the partner its own, for finance all of them."""

import csv
import io
from datetime import date
from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.payouts.models import PayoutTransfer, RepasseAccrual, RepasseReversal
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.payouts import close_month, lots_of, make_finance, pay_lot
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.pdf import text_of
from tests.support.people import ClientOf
from tests.support.remembered import remembered

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
MID_JUNE, MID_JULY = (at_sao_paulo(date(2026, month, 10), 12) for month in (6, 7))
PAYMENT = {
    "paid_on": "06/08/2026",
    "bank": "341 Itaú",
    "branch": "0057",
    "account": "12345-7",
    "reference": "TED 778812",
}


class Closed(NamedTuple):
    """June (101,43, paid) and July (558,40, to pay) of a house, and who closed them."""

    house: House
    june: int
    july: int
    finance: int
    accrual: int


@remembered
def closed_months(session: Session, **customer: str) -> Closed:
    house, finance = make_house(session, **customer), make_finance(session)
    make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
    make_contract(session, house, state=ContractState.ACTIVE, now=MID_JULY, setup=True)
    close_month(session, JUNE, actor=finance)
    close_month(session, JULY, actor=finance)
    june, july = lots_of(session, house.partner.id)
    pay_lot(session, june, actor=finance, on=date(2026, 7, 6))
    accrual = session.scalars(
        select(RepasseAccrual.id).where(RepasseAccrual.month == JULY).order_by(RepasseAccrual.id)
    ).first()
    return Closed(house, june.id, july.id, finance.user_id, accrual or 0)


@pytest.fixture
def closed(transaction: Transaction) -> Closed:
    with transaction() as session:
        session.expire_on_commit = False
        return closed_months(session)


@pytest.fixture
def seller(closed: Closed, client_of: ClientOf) -> PortalClient:
    return client_of(closed.house.seller.user_id)


@pytest.fixture
def finance(closed: Closed, client_of: ClientOf) -> PortalClient:
    return client_of(closed.finance)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


class TestThePartner:
    @pytest.mark.deep
    def test_finds_its_statements_with_what_became_of_them(self, seller: PortalClient) -> None:
        page = seller.get("/repasses/extratos").text
        for words in ("Extrato de julho de 2026", "R$\xa0558,40", "A pagar", "R$\xa0101,43", "Pago"):
            assert words in page
        assert "Fechamento" not in page

    @pytest.mark.deep
    def test_reads_each_line_and_how_it_was_paid(self, seller: PortalClient, closed: Closed) -> None:
        july = seller.get(f"/repasses/extratos/{closed.july}").text
        for words in ("Implantação", "R$\xa0456,97", "Hiper Gestão", "R$\xa0101,43", "R$\xa0558,40"):
            assert words in july
        assert "Registrar o pagamento" not in july
        june = seller.get(f"/repasses/extratos/{closed.june}").text
        for words in ("06/07/2026", "341 Itaú", "TED 778812", "Fábio Nunes"):
            assert words in june

    @pytest.mark.deep
    def test_follows_a_line_to_its_payment_and_price_list(self, seller: PortalClient, closed: Closed) -> None:
        page = seller.get(f"/repasses/extratos/{closed.july}").text
        assert f'href="/repasses/itens/{closed.accrual}"' in page
        item = seller.get(f"/repasses/itens/{closed.accrual}").text
        for words in (
            "10/07/2026",
            "Boleto",
            "R$\xa0689,90",  # the whole payment
            "demo-2026-06",
            "01/06/2026",
            "R$\xa0149,90",  # the minimum of the frozen version
            "−R$\xa085,00",
            "−R$\xa013,47",
            "R$\xa0101,43",
            "extrato de julho de 2026",
        ):
            assert words in item, words
        assert "Estornar" not in item

    @pytest.mark.deep
    def test_takes_it_to_a_spreadsheet(self, seller: PortalClient, closed: Closed) -> None:
        rows = rows_of(seller.get(f"/repasses/extratos/{closed.july}.csv").text)
        assert [(row["Item"], row["Pago pelo cliente"], row["Taxas"], row["Repasse"]) for row in rows] == [
            ("Hiper Gestão", "199,90", "13,47", "101,43"),
            ("Implantação", "490,00", "33,03", "456,97"),
        ]
        listed = rows_of(seller.get("/repasses/extratos.csv").text)
        assert [(row["Mês"], row["Total"], row["Situação"]) for row in listed] == [
            ("2026-07", "558,40", "A pagar"),
            ("2026-06", "101,43", "Pago"),
        ]

    @pytest.mark.deep
    def test_prints_it(self, seller: PortalClient, closed: Closed) -> None:
        answer = seller.get(f"/repasses/extratos/{closed.july}.pdf")
        assert answer.mimetype == "application/pdf"
        paper = text_of(answer.data)
        for words in ("Extrato de repasse", "Julho de 2026", "R$ 558,40", "Implantação", "R$ 456,97"):
            assert words in paper.replace("\xa0", " "), words

    @pytest.mark.deep
    def test_sees_nothing_of_another_partner(
        self, closed: Closed, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            stranger_id = make_house(session).seller.user_id
        stranger = client_of(stranger_id)
        for path in (
            f"/repasses/extratos/{closed.july}",
            f"/repasses/extratos/{closed.july}.csv",
            f"/repasses/extratos/{closed.july}.pdf",
            f"/repasses/itens/{closed.accrual}",
        ):
            assert stranger.get(path).status_code == 404, path
        assert "Nenhum extrato ainda" in stranger.get("/repasses/extratos").text

    @pytest.mark.deep
    def test_may_not_close_or_pay(self, seller: PortalClient, closed: Closed) -> None:
        assert seller.get("/repasses/fechamento").status_code == 403
        seller.get("/conta")
        assert seller.submit(f"/repasses/extratos/{closed.july}/pagamento", PAYMENT).status_code == 403


class TestFinance:
    def test_sees_what_a_month_would_give_and_closes_it(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
            finance_id = make_user(session, role=Role.FINANCE).id
        client = client_of(finance_id)
        page = client.get("/repasses/fechamento?mes=2026-06").text
        assert "R$\xa0101,43" in page
        assert "A fechar" in page
        answer = client.submit("/repasses/fechamento", {"month": "2026-06"})
        assert location(answer) == "/repasses/fechamento?mes=2026-06"
        assert "está sendo fechado" in client.get("/repasses/fechamento?mes=2026-06").text

    def test_is_told_of_a_month_that_goes_on(self, finance: PortalClient) -> None:
        finance.get("/repasses/fechamento")
        finance.submit("/repasses/fechamento", {"month": "2099-01"})
        assert "Janeiro de 2099 ainda não terminou" in finance.get("/repasses/fechamento").text

    def test_writes_down_a_payment(
        self, finance: PortalClient, closed: Closed, transaction: Transaction
    ) -> None:
        path = f"/repasses/extratos/{closed.july}"
        assert 'value="341 Itaú"' in finance.get(path).text, "the account of the last payment stands there"
        assert location(finance.submit(f"{path}/pagamento", PAYMENT)) == path
        assert "TED 778812" in finance.get(path).text
        with transaction() as session:
            row = session.scalars(select(PayoutTransfer).where(PayoutTransfer.payout_id == closed.july)).one()
            assert (row.amount_cents, row.paid_on, row.recorded_by_id) == (
                558_40,
                date(2026, 8, 6),
                closed.finance,
            )
        again = finance.submit(f"{path}/pagamento", PAYMENT)
        assert again.status_code == 409

    def test_reads_at_the_field_what_is_missing(self, finance: PortalClient, closed: Closed) -> None:
        path = f"/repasses/extratos/{closed.july}"
        finance.get(path)
        answer = finance.submit(f"{path}/pagamento", PAYMENT | {"reference": "", "paid_on": "01/01/2099"})
        assert answer.status_code == 422
        assert "Escreva o número que o banco deu a este pagamento." in answer.text
        assert 'value="12345-7"' in answer.text
        answer = finance.submit(f"{path}/pagamento", PAYMENT | {"paid_on": "01/01/2099"})
        assert "Este dia ainda não chegou." in answer.text

    def test_takes_a_share_back_and_gives_it_again(
        self, finance: PortalClient, closed: Closed, transaction: Transaction
    ) -> None:
        path = f"/repasses/itens/{closed.accrual}"
        assert "No máximo R$\xa0689,90." in finance.get(path).text
        typed = {"amount": "700,00", "cause": "dispute", "reference": "DP-1", "reason": "Contestou no banco"}
        refused = finance.submit(f"{path}/estorno", typed)
        assert refused.status_code == 422
        assert "ainda dá para estornar R$\xa0689,90" in refused.text
        assert "Contestou no banco" in refused.text
        assert location(finance.submit(f"{path}/estorno", typed | {"amount": "689,90"})) == path
        page = finance.get(path).text
        assert "−R$\xa0101,43" in page
        with transaction() as session:
            taken = session.scalars(
                select(RepasseReversal.id).where(RepasseReversal.accrual_id == closed.accrual)
            ).one()
        undo = f"{path}/estorno/{taken}/desfazer"
        assert "Escreva o motivo." in finance.submit(undo, {"reason": ""}).text
        assert location(finance.submit(undo, {"reason": "O banco nos deu razão"})) == path
        assert "Contestação vencida" in finance.get(path).text
