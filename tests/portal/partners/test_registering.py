"""Registering resellers, changing them, and switching them off, at the administrator's pages."""

import pytest
from sqlalchemy import select

from portal.partners.models import Partner
from portal.shared.audit import LogEntry, first_broken_position
from portal.shared.auth import Role
from tests.factories.partners import make_partner
from tests.factories.users import PASSWORD, make_user
from tests.portal.partners.conftest import Vendor
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.people import ClientOf

ALPHANUMERIC = "12.ABC.345/01DE-35"


@pytest.fixture
def client(vendor: Vendor, client_of: ClientOf) -> PortalClient:
    return client_of(vendor.admin.user_id)


def filled(vendor: Vendor, **changes: str) -> dict[str, str]:
    return {
        "document": ALPHANUMERIC,
        "name": "Serra Automação Comercial Ltda.",
        "trade_name": "Serra Automação",
        "email": "contato@serra.com.br",
        "phone": "(54) 3222-1234",
        "tier": "bronze",
        "arrangement": "central_leads",
        "account_manager_id": str(vendor.ana.user_id),
        "substitute_id": str(vendor.caio.user_id),
    } | changes


def register(client: PortalClient, fields: dict[str, str]) -> tuple[int, str]:
    client.get("/parceiros/novo")
    answer = client.submit("/parceiros/novo", fields)
    return answer.status_code, answer.text


def edit(client: PortalClient, partner_id: int, **typed: str) -> tuple[int, str]:
    fields = form_values(client.get(f"/parceiros/{partner_id}/editar").text)
    answer = client.post(f"/parceiros/{partner_id}/editar", data=fields | typed)
    return answer.status_code, answer.text


def summaries(transaction: Transaction, partner_id: int) -> list[tuple[str, str]]:
    with transaction() as session:
        entries = select(LogEntry).where(LogEntry.partner_id == partner_id).order_by(LogEntry.position)
        assert first_broken_position(session, f"partner:{partner_id}") is None
        return [(entry.summary, entry.reason) for entry in session.scalars(entries)]


class TestRegisteringAPartner:
    @pytest.mark.deep
    def test_keeps_an_alphanumeric_cnpj_and_shows_it_as_written(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        assert register(client, filled(vendor))[0] == 303
        with transaction() as session:
            partner = session.scalars(select(Partner).where(Partner.document == "12ABC34501DE35")).one()
            partner_id = partner.id
            assert (partner.tier, partner.arrangement, partner.phone) == (
                "bronze",
                "central_leads",
                "5432221234",
            )
        page = client.get(f"/parceiros/{partner_id}").text
        assert f"CNPJ {ALPHANUMERIC}" in page
        assert "Central de Leads" in page
        assert "Caio Reis" in page
        assert summaries(transaction, partner_id) == [("Parceiro cadastrado", "")]

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("field", "typed", "why"),
        [
            ("document", "", "Escreva o CNPJ."),
            ("document", "12.ABC.345/01DE-36", "Este CNPJ não confere."),
            ("document", "529.982.247-25", "Este CNPJ não confere."),
            ("name", "   ", "Escreva a razão social."),
            ("name", "https://revenda.example", "Escreva-o sem “://”."),
            ("trade_name", "www.revenda.example", "Escreva-o sem “www.”."),
            ("trade_name", "x" * 121, "Use no máximo 120 caracteres."),
            ("email", "contato", "Confira o e-mail"),
            ("phone", "123", "Escreva o telefone com DDD"),
            ("document", " ", "Escreva o CNPJ."),
            ("tier", "diamante", "Escolha uma das opções da lista."),
            ("account_manager_id", "", "Escolha o gerente de contas."),
        ],
    )
    def test_refuses_bad_input_at_its_field_and_keeps_the_rest(
        self, vendor: Vendor, client: PortalClient, field: str, typed: str, why: str
    ) -> None:
        status, page = register(client, filled(vendor, **{field: typed}))
        assert status == 422
        assert why in page
        kept = form_values(page)
        assert kept["email" if field != "email" else "name"]

    def test_refuses_a_cnpj_that_is_registered(self, vendor: Vendor, client: PortalClient) -> None:
        register(client, filled(vendor))
        status, page = register(client, filled(vendor, document="12abc34501de35", trade_name="Outra"))
        assert status == 422
        assert "Este CNPJ já é de Serra Automação." in page

    def test_wants_another_person_as_substitute(self, vendor: Vendor, client: PortalClient) -> None:
        status, page = register(client, filled(vendor, substitute_id=str(vendor.ana.user_id)))
        assert status == 422
        assert "Escolha outra pessoa" in page

    @pytest.mark.deep
    def test_takes_only_account_managers(self, vendor: Vendor, client: PortalClient) -> None:
        for someone in (vendor.admin.user_id, vendor.seller.user_id, 10**17):
            assert register(client, filled(vendor, account_manager_id=str(someone)))[0] == 422


class TestEditingAPartner:
    def test_logs_names_in_full_but_of_addresses_only_that_they_changed(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        caio = str(vendor.caio.user_id)
        assert edit(client, vendor.partner_id, account_manager_id=caio, email="novo@sul.com.br")[0] == 303
        (summary, _), *rest = summaries(transaction, vendor.partner_id)
        assert summary == "Gerente de contas: de Ana Souza para Caio Reis; Cadastro alterado: E-mail"
        assert rest == []

    def test_wants_a_reason_for_another_tier_and_keeps_it(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        status, page = edit(client, vendor.partner_id, tier="platina")
        assert status == 422
        assert "Escreva por que o nível muda." in page
        assert edit(client, vendor.partner_id, tier="platina", tier_reason="Meta do ano batida")[0] == 303
        assert summaries(transaction, vendor.partner_id) == [
            ("Nível: de Prata para Platina", "Meta do ano batida")
        ]

    def test_against_somebody_elses_changes_tells_who_and_what_and_keeps_what_was_typed(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        opened_before = form_values(client.get(f"/parceiros/{vendor.partner_id}/editar").text)
        edit(client, vendor.partner_id, trade_name="Sul Sistemas e Automação")
        path = f"/parceiros/{vendor.partner_id}/editar"
        answer = client.post(path, data=opened_before | {"phone": "(47) 3333-9999"})
        assert answer.status_code == 409
        assert "Diana Prado salvou este cadastro às" in answer.text
        assert (
            "Nome fantasia: salvo como “Sul Sistemas e Automação”, na sua tela “Sul Sistemas”" in answer.text
        )
        kept = form_values(answer.text)
        assert (kept["phone"], kept["trade_name"]) == ("(47) 3333-9999", "Sul Sistemas")
        with transaction() as session:
            assert session.get_one(Partner, vendor.partner_id).phone == "4733331234"

        assert client.post(path, data=kept | {"trade_name": "Sul Sistemas e Automação"}).status_code == 303
        with transaction() as session:
            partner = session.get_one(Partner, vendor.partner_id)
            assert (partner.phone, partner.trade_name) == ("4733339999", "Sul Sistemas e Automação")

    def test_without_a_change_logs_nothing(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        assert edit(client, vendor.partner_id)[0] == 303
        assert summaries(transaction, vendor.partner_id) == []

    @pytest.mark.deep
    def test_keeps_a_manager_who_has_left_until_another_is_chosen(
        self, vendor: Vendor, client: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            gone = make_user(session, role=Role.ACCOUNT_MANAGER, name="Zeca Saiu")
            partner_id = make_partner(session, account_manager=gone).id
            gone.disabled_at = gone.invited_at
        assert edit(client, partner_id, email="novo@sul.com.br")[0] == 303
        assert "Zeca Saiu" in client.get(f"/parceiros/{partner_id}").text
        assert "Zeca Saiu" not in client.get("/parceiros/novo").text


class TestDisablingAPartner:
    def test_wants_a_reason(self, vendor: Vendor, client: PortalClient) -> None:
        client.get(f"/parceiros/{vendor.partner_id}")
        answer = client.submit(f"/parceiros/{vendor.partner_id}/desativar", {"reason": " "})
        assert answer.status_code == 422
        assert "Escreva o motivo." in answer.text

    @pytest.mark.deep
    def test_puts_its_people_out_at_once_and_nobody_elses(
        self, vendor: Vendor, client: PortalClient, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        theirs, others = client_of(vendor.seller.user_id), client_of(vendor.rival.user_id)
        client.get(f"/parceiros/{vendor.partner_id}")
        client.submit(f"/parceiros/{vendor.partner_id}/desativar", {"reason": "Contrato encerrado"})
        assert location(theirs.get("/conta")).startswith("/entrar")
        assert others.get("/conta").status_code == 200
        visitor.get("/entrar")
        refused = visitor.submit("/entrar", {"email": vendor.seller.email, "password": PASSWORD})
        assert refused.status_code == 403

    def test_can_be_taken_back(
        self, vendor: Vendor, client: PortalClient, visitor: PortalClient, transaction: Transaction
    ) -> None:
        client.get(f"/parceiros/{vendor.partner_id}")
        client.submit(f"/parceiros/{vendor.partner_id}/desativar", {"reason": "Contrato encerrado"})
        assert client.submit(f"/parceiros/{vendor.partner_id}/reativar").status_code == 303
        visitor.sign_in(vendor.seller.email, PASSWORD)
        assert summaries(transaction, vendor.partner_id) == [
            ("Parceiro desativado", "Contrato encerrado"),
            ("Parceiro reativado", ""),
        ]
