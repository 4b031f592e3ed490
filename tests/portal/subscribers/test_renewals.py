"""The offer of the next term on the customer's pages."""

from datetime import date

import time_machine
from flask import Flask

from portal.contracts.rules.states import ContractState
from portal.readjustments.operations.renewing import offer_renewals
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient

SIGNED = at_sao_paulo(date(2026, 6, 10), 12)
SIXTEENTH_OF_MAY = at_sao_paulo(date(2027, 5, 16), 9)


def test_is_accepted_from_the_first_page(app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
    with time_machine.travel(SIXTEENTH_OF_MAY):
        with transaction() as session:
            house = make_house(session)
            house.customer.email = MARIA
            make_contract(session, house, state=ContractState.ACTIVE, now=SIGNED, term="annual")
            offer_renewals(session, now=SIXTEENTH_OF_MAY)
        come_in(app, visitor, transaction)
        page = visitor.get("/assinante").text
        assert "Mantenha o preço por mais um período" in page
        address = page.partition('href="/assinante/renovacoes/')[2].partition('"')[0]
        page = visitor.get(f"/assinante/renovacoes/{address}").text
        assert "Confirme antes de sair a fatura de 15/06/2027" in page
        visitor.submit(f"/assinante/renovacoes/{address}")
        page = visitor.get(f"/assinante/renovacoes/{address}").text
        assert "Renovação confirmada em 16/05/2027" in page
        assert "Mantenha o preço" not in visitor.get("/assinante").text
        assert visitor.get("/assinante/renovacoes/999").status_code == 404
