"""Finding customers: search, filters, order, pages and the CSV."""

import csv
import io

import pytest

from tests.factories.customers import ALPHANUMERIC_CNPJ, make_customer
from tests.portal.customers.conftest import House, SignIn
from tests.support.application import Transaction

NAMES = ("Água Viva Ltda", "Zebra Móveis", "banca do Zé", "Padaria São João", "100% Natural")


@pytest.fixture
def customers(house: House, transaction: Transaction) -> None:
    """Five customers of the partner, two of its rival."""
    with transaction() as session:
        for name in NAMES:
            make_customer(session, partner_id=house.partner_id, name=name, trade_name="", state="SC")
        make_customer(
            session,
            partner_id=house.partner_id,
            name="Maria da Silva",
            trade_name="",
            document="52998224725",
            state="PR",
        )
        make_customer(
            session, partner_id=house.rival_partner_id, name="Segredo do Rival", document=ALPHANUMERIC_CNPJ
        )


@pytest.mark.usefixtures("customers")
class TestTheListOfCustomers:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("busca=sao+joao", ["Padaria São João"]),
            ("busca=JOÃO+padaria", ["Padaria São João"]),
            ("busca=529.982", ["Maria da Silva"]),
            ("busca=29982247-2", ["Maria da Silva"]),
            ("busca=100%25", ["100% Natural"]),
            ("busca=_", []),
            ("busca=%25", ["100% Natural"]),
            ("busca=rival", []),
            ("busca=12.ABC.345/01DE-35", []),
            ("busca=%00", [*NAMES, "Maria da Silva"]),
            ("tipo=pessoa", ["Maria da Silva"]),
            ("uf=PR", ["Maria da Silva"]),
            ("uf=XX&tipo=nada&ordem=senha&pagina=99999999999999999999", [*NAMES, "Maria da Silva"]),
            ("pagina=-1", [*NAMES, "Maria da Silva"]),
            ("pagina=²", [*NAMES, "Maria da Silva"]),
        ],
    )
    def test_shows_what_is_asked_for(
        self, house: House, sign_in: SignIn, asked: str, found: list[str]
    ) -> None:
        page = sign_in(house.seller).get(f"/clientes?{asked}")
        assert page.status_code == 200
        for name in (*NAMES, "Maria da Silva"):
            assert (name in page.text) == (name in found), name
        assert "Segredo do Rival" not in page.text

    @pytest.mark.deep
    def test_sorts_names_without_regard_to_accents_and_capitals(self, house: House, sign_in: SignIn) -> None:
        text = sign_in(house.seller).get("/clientes").text
        places = [text.index(name) for name in ("Água Viva", "banca do", "Maria da", "Padaria", "Zebra")]
        assert places == sorted(places)

    @pytest.mark.deep
    def test_shows_each_person_of_the_vendor_the_partners_they_see(
        self, house: House, sign_in: SignIn
    ) -> None:
        assert "Segredo do Rival" in sign_in(house.support).get("/clientes").text
        assert "Segredo do Rival" in sign_in(house.other_manager).get("/clientes").text
        assert "Segredo do Rival" not in sign_in(house.account_manager).get("/clientes").text

    @pytest.mark.deep
    def test_is_narrowed_to_one_partner_by_the_vendor(self, house: House, sign_in: SignIn) -> None:
        page = sign_in(house.support).get("/clientes?parceiro=sul").text
        assert "Zebra Móveis" in page
        assert "Segredo do Rival" not in page

    @pytest.mark.deep
    def test_says_how_many_filters_are_in_use_where_they_fold_away(
        self, house: House, sign_in: SignIn
    ) -> None:
        client = sign_in(house.seller)
        assert "Mais filtros (2 em uso)" in client.get("/clientes?busca=ana&tipo=pessoa&uf=PR").text
        assert "em uso" not in client.get("/clientes?busca=ana").text

    @pytest.mark.deep
    def test_says_what_to_do_when_nothing_is_found(self, house: House, sign_in: SignIn) -> None:
        assert "Nenhum cliente encontrado" in sign_in(house.seller).get("/clientes?busca=xyz").text


class TestManyCustomers:
    @pytest.mark.deep
    def test_stand_on_pages_of_twenty_five(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            for number in range(27):
                make_customer(session, partner_id=house.partner_id, name=f"Loja {number:02d}")
        browser = sign_in(house.seller)
        first, second = browser.get("/clientes").text, browser.get("/clientes?pagina=2").text
        assert "27 clientes" in first
        assert "Loja 24" in first
        assert "Loja 25" not in first
        assert "Loja 25" in second
        assert browser.get("/clientes?pagina=900").text.count("Loja 26") == second.count("Loja 26") > 0


class TestTheExport:
    def rows(self, text: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))

    @pytest.mark.deep
    @pytest.mark.usefixtures("customers")
    def test_holds_the_whole_list_as_asked_and_nobody_elses(self, house: House, sign_in: SignIn) -> None:
        response = sign_in(house.seller).get("/clientes/exportar.csv?busca=maria")
        assert response.mimetype == "text/csv"
        assert response.text.startswith("\ufeff")
        [row] = self.rows(response.text)
        assert row["CNPJ ou CPF"] == "529.982.247-25"
        assert row["CEP"] == "89201-123"
        assert row["Cadastrado em"] == "10/06/2026"

    @pytest.mark.deep
    @pytest.mark.usefixtures("customers")
    def test_gives_the_same_order_as_the_screen(self, house: House, sign_in: SignIn) -> None:
        rows = self.rows(sign_in(house.seller).get("/clientes/exportar.csv?ordem=-nome").text)
        assert rows[0]["Razão social ou nome"] == "Zebra Móveis"
        assert len(rows) == 6

    @pytest.mark.parametrize("start", ["=1+1", "+55", "-2", "@sum(a1)", "=cmd|'/c calc'!a0"])
    def test_runs_no_formula(
        self, house: House, sign_in: SignIn, transaction: Transaction, start: str
    ) -> None:
        with transaction() as session:
            make_customer(session, partner_id=house.partner_id, name=start, street=f'{start};"x"')
        [row] = self.rows(sign_in(house.seller).get("/clientes/exportar.csv").text)
        assert row["Razão social ou nome"] == f"'{start}"
        assert row["Rua ou avenida"] == f'\'{start};"x"'
