"""How the first period of a plan is charged, chosen by an admin."""

import pytest

from portal.catalog.queries import first_period_of
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.people import ClientOf

ADDRESS = "/tabelas/primeiro-periodo"
PROPORTIONAL = {"plan": "gestao", "first_period": "proportional", "seen": "full_installment"}


pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def house(transaction: Transaction) -> House:
    with transaction() as session:
        session.expire_on_commit = False
        return make_house(session)


class TestTheFirstPeriodOfAPlan:
    @pytest.mark.deep
    def test_is_a_whole_installment_until_an_admin_chooses(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        client = client_of(house.admin.user_id)
        page = client.get(ADDRESS).text
        assert page.count("Nunca mudado.") == 3
        answer = client.submit(ADDRESS, PROPORTIONAL)
        assert (answer.status_code, location(answer)) == (303, ADDRESS)
        assert "Mudado por Davi Reis" in client.get(ADDRESS).text
        with transaction() as session:
            assert first_period_of(session, "gestao") == "proportional"
            assert first_period_of(session, "mini") == "full_installment"

    def test_is_not_changed_over_somebody_elses_choice(self, house: House, client_of: ClientOf) -> None:
        client = client_of(house.admin.user_id)
        client.get(ADDRESS)
        client.submit(ADDRESS, PROPORTIONAL)
        answer = client.submit(ADDRESS, PROPORTIONAL)
        assert answer.status_code == 409
        assert "Davi Reis mudou para “Proporcional" in answer.text

    @pytest.mark.deep
    @pytest.mark.parametrize("change", [{"plan": "outro"}, {"first_period": "x"}, {"seen": ""}])
    def test_is_none_the_page_does_not_offer(
        self, house: House, client_of: ClientOf, change: dict[str, str]
    ) -> None:
        client = client_of(house.admin.user_id)
        client.get(ADDRESS)
        answer = client.submit(ADDRESS, PROPORTIONAL | change)
        assert answer.status_code == 422
        assert "Escolha um plano e como ele é cobrado." in answer.text
