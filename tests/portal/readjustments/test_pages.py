"""Reajustes on the screen: before the release, after it, and the hold of a contract."""

import time_machine

from portal.shared.auth import Role
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.portal.readjustments.test_campaign import RELEASED, RISING, know_index, running
from tests.support.application import Transaction
from tests.support.people import ClientOf


class TestTheMonth:
    def test_shows_what_a_release_would_do_and_then_what_it_did(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with time_machine.travel(RELEASED, tick=False):
            with transaction() as session:
                running(session, make_house(session))
                know_index(session, RISING)
                finance = make_user(session, role=Role.FINANCE).id
            client = client_of(finance)
            page = client.get("/reajustes?mes=2027-06").text
            for words in ("20,98\N{NO-BREAK SPACE}%", "R$\xa0199,90", "R$\xa0241,84", "Liberar o reajuste"):
                assert words in page
            assert client.submit("/reajustes", {"month": "2027-06"}).status_code == 303
            page = client.get("/reajustes?mes=2027-06").text
            assert "Reajuste liberado." in page
            assert "Pão Quente" in page
            assert "241,84" in client.get("/reajustes.csv?mes=2027-06").text
