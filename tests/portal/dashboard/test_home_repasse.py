"""A reseller's home: the repasse of this month so far, the newest statement, and how it went."""

from datetime import date

import time_machine

from portal.contracts.rules.states import ContractState
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.payouts import close_month, make_finance
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.people import ClientOf

MID_JUNE, MID_JULY, MID_AUGUST = (at_sao_paulo(date(2026, month, 10), 12) for month in (6, 7, 8))


class TestTheHomeOfAReseller:
    def house(self, transaction: Transaction) -> House:
        """June 101,43, July 558,40 (with a setup), August 101,43 so far; June and July are closed."""
        with transaction() as session:
            session.expire_on_commit = False
            house, finance = make_house(session), make_finance(session)
            make_contract(session, house, state=ContractState.ACTIVE, now=MID_JUNE)
            make_contract(session, house, state=ContractState.ACTIVE, now=MID_JULY, setup=True)
            make_contract(session, house, state=ContractState.ACTIVE, now=MID_AUGUST)
            close_month(session, date(2026, 6, 1), actor=finance)
            close_month(session, date(2026, 7, 1), actor=finance)
            return house

    def test_shows_the_month_so_far_the_last_statement_and_the_trend(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        seller_id = self.house(transaction).seller.user_id
        with time_machine.travel(at_sao_paulo(date(2026, 8, 12), 12), tick=False):
            page = client_of(seller_id).get("/").text
        part = page.split('id="repasse-apurado"')[1].split("Repasse previsto")[0]
        for words in (
            "Agosto de 2026, até agora",
            "R$\xa0101,43",
            "Extrato de julho de 2026",
            "R$\xa0558,40",
            "A pagar",
            "O último mês completo teve R$\xa0456,97 a mais que o anterior.",
            "jul: R$\xa0558,40",
        ):
            assert words in part, words

    def test_without_any_shows_nothing_to_compare(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            seller_id = make_house(session).seller.user_id
        page = client_of(seller_id).get("/").text
        assert "Junho de 2026, até agora" in page
        assert "O último mês completo" not in page
        assert "Extrato de" not in page
