"""The list of resellers: search, filters, order, pages, CSV, and who may see it."""

import csv
import io

import pytest

from portal.shared.auth import Role
from tests.factories.partners import make_partner
from tests.factories.users import actor_of, make_user
from tests.portal.partners.conftest import Vendor
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf


@pytest.fixture
def client(vendor: Vendor, client_of: ClientOf) -> PortalClient:
    return client_of(vendor.admin.user_id)


def rows(client: PortalClient, query: str = "") -> list[list[str]]:
    """The CSV as a spreadsheet reads it, without its header."""
    answer = client.get(f"/parceiros.csv{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))[1:]


def names(client: PortalClient, query: str = "") -> list[str]:
    found = [row[0] for row in rows(client, query)]
    page = client.get(f"/parceiros{query}").text
    assert all(name in page for name in found), "page and CSV show the same"
    return found


class TestTheListOfPartners:
    def test_is_in_order_of_name_and_can_be_turned_round(self, client: PortalClient) -> None:
        assert names(client) == ["Norte Sistemas", "Sul Sistemas"]
        assert names(client, "?ordem=-nome") == ["Sul Sistemas", "Norte Sistemas"]

    @pytest.mark.deep
    def test_is_searched_without_accents_and_by_cnpj_as_typed(
        self, client: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_partner(session, trade_name="Região Automação", document="12ABC34501DE35")
        for search in ("regiao", "REGIÃO automacao", "12.abc.345/01de-35", "12abc345"):
            assert names(client, f"?busca={search}") == ["Região Automação"]
        assert names(client, "?busca=%25") == []

    def test_is_filtered_by_tier_manager_and_situation(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            caio = make_user(session, role=Role.ACCOUNT_MANAGER, name="Caio Outro")
            manager_id = caio.id
            make_partner(session, trade_name="Ilha", account_manager=caio, disabled_at=caio.invited_at)
        assert names(client, "?nivel=ouro") == ["Norte Sistemas"]
        assert names(client, f"?gerente={manager_id}") == ["Ilha"]
        assert names(client, "?situacao=desativado") == ["Ilha"]
        assert names(client, "?situacao=ativo&nivel=prata") == ["Sul Sistemas"]

    @pytest.mark.parametrize(
        "query", ["?nivel=diamante", "?gerente=0x1", "?ordem=senha", "?pagina=-1", "?gerente=" + "9" * 30]
    )
    def test_answers_whatever_the_address_asks(self, client: PortalClient, query: str) -> None:
        assert client.get(f"/parceiros{query}").status_code == 200

    @pytest.mark.deep
    def test_has_pages(self, client: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            manager = make_user(session, role=Role.ACCOUNT_MANAGER)
            for number in range(30):
                make_partner(session, trade_name=f"Revenda {number:02}", account_manager=manager)
        first, second = client.get("/parceiros").text, client.get("/parceiros?pagina=2").text
        assert "Revenda 00" in first
        assert "Revenda 29" not in first
        assert "Revenda 29" in second
        assert "32 parceiros" in second

    def test_shows_hostile_names_as_text_and_starts_no_formula_in_a_spreadsheet(
        self, client: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_partner(session, trade_name='=HYPERLINK("http://evil.com")')
            make_partner(session, trade_name="<script>alert(1)</script>")
        page = client.get("/parceiros").text
        assert "<script>alert" not in page
        cells = [row[0] for row in rows(client)]
        assert '\'=HYPERLINK("http://evil.com")' in cells


class TestThePagesOfPartners:
    @pytest.mark.deep
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
    def test_are_for_administrators_only(
        self, vendor: Vendor, transaction: Transaction, client_of: ClientOf, role: Role
    ) -> None:
        with transaction() as session:
            partner_id = vendor.partner_id if role.of_partner else None
            person = actor_of(make_user(session, role=role, partner_id=partner_id))
        client = client_of(person.user_id)
        client.get("/conta")
        one = f"/parceiros/{vendor.partner_id}"
        for page in ("/parceiros", "/parceiros.csv", "/parceiros/novo", one, f"{one}/editar", "/usuarios"):
            assert client.get(page).status_code == 403, page
        for action in ("/parceiros/novo", f"{one}/editar", f"{one}/desativar", f"{one}/reativar"):
            assert client.submit(action, {"reason": "x"}).status_code == 403, action

    def test_answer_404_for_a_partner_that_does_not_exist(self, client: PortalClient) -> None:
        client.get("/conta")
        for missing in ("99999", "9" * 18, "9" * 30):
            assert client.get(f"/parceiros/{missing}").status_code == 404
            assert client.submit(f"/parceiros/{missing}/reativar").status_code == 404
