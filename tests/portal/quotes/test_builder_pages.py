"""The quote builder's pages and its preview, as a browser without JavaScript and as htmx meet them."""

import re
from datetime import date

import pytest
from flask import Flask

from portal.shared.auth import Role
from tests.factories.catalog import make_price_list
from tests.factories.customers import make_customer
from tests.factories.partners import make_partner
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.quote_builder import PREVIEW, Builder, count_quotes, text_of
from tests.support.statements import statements

EXAMPLE = {
    "payment_method": "ted_boleto",
    "quantity_user": "3",
    "quantity_register": "2",
    "app_precos": "1",
    "app_nfse": "1",
}


class TestChoosingAPlan:
    def test_offers_both_plans_with_what_they_include(self, builder: Builder) -> None:
        page = text_of(builder.client.get(f"/clientes/{builder.customer_id}/contratar").text)
        assert "Hiper Mini inclui 1 usuário, 1 caixa, 1 filial a partir de R$ 71,90 por mês" in page
        assert "Hiper Gestão inclui 2 usuários" in page

    def test_leads_to_the_builder_of_that_plan(self, builder: Builder) -> None:
        builder.open_new("mini")
        assert builder.fields["plan"] == "mini"

    @pytest.mark.parametrize("number", ["", "0", "x", "-1", "99999999999999999999", "٣"])
    def test_is_not_there_for_a_customer_no_database_can_hold(self, builder: Builder, number: str) -> None:
        assert builder.client.get(f"/orcamentos/novo?cliente={number}&plano=mini").status_code == 404

    @pytest.mark.parametrize(
        "address", ["/clientes/{id}/contratar", "/orcamentos/novo?cliente={id}&plano=mini"]
    )
    def test_is_not_there_for_another_partners_customer(
        self, builder: Builder, transaction: Transaction, address: str
    ) -> None:
        with transaction() as session:
            foreign = make_customer(session, partner_id=make_partner(session, trade_name="Norte").id).id
        assert builder.client.get(address.format(id=foreign)).status_code == 404

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.ACCOUNT_MANAGER, Role.FINANCE, Role.SUPPORT])
    def test_is_for_resellers_only(
        self, builder: Builder, transaction: Transaction, client_of: ClientOf, role: Role
    ) -> None:
        with transaction() as session:
            person = make_user(session, role=role).id
        answer = client_of(person).get(f"/orcamentos/novo?cliente={builder.customer_id}&plano=mini")
        assert answer.status_code == 403


class TestTheBuilder:
    def test_uses_the_resellers_words(self, builder: Builder) -> None:
        page = text_of(builder.open_new().text)
        for word in (
            "Geração de Contratos", "Adicionais", "Planos e valores", "Mensal", "Semestral", "Anual",
            "Adicionar aplicativos", "Concluir", "Negociar", "Original", "Mínimo", "Negociado", "Pagamentos",
            "Forma de pagamento", "Mensalidade paga pelo Hiperador", "Valor de repasse",
            "como se chega a isto", "Quero um repasse de", "Gerar proposta", "Recalcular",
        ):  # fmt: skip
            assert word in page, word

    def test_offers_no_card_nobody_could_take(self, builder: Builder) -> None:
        page = builder.open_new().text
        assert "Cartão indisponível: nenhuma operadora de cartão configurada." in text_of(page)
        assert re.search(r'value="card" disabled>Cartão de Crédito \(indisponível\)', page)

    @pytest.mark.deep
    @pytest.mark.usefixtures("card_processor")
    def test_offers_a_card_where_there_is_a_processor(self, builder: Builder) -> None:
        assert "ndisponível" not in builder.open_new().text

    def test_asks_for_installments_with_a_card_only(self, builder: Builder) -> None:
        assert "Número de parcelas" not in builder.open_new().text
        assert "Número de parcelas" in builder.recalculate(payment_method="card", term="annual").text

    @pytest.mark.deep
    def test_names_who_approves_and_why(self, builder: Builder) -> None:
        builder.open_new()
        page = text_of(builder.recalculate(total="170,00").text)
        assert "Este valor precisa da aprovação de Ana Souza." in page
        assert "Mensalidade de R$ 170,00: sua alçada vai até R$ 179,91." in page

    @pytest.mark.deep
    def test_costs_few_statements(self, builder: Builder, app: Flask) -> None:
        builder.open_new()
        with statements(app) as sent:
            builder.open_new()
        assert len(sent) <= 4


class TestThePricesOfTomorrow:
    def test_cannot_be_looked_at_by_naming_their_list(
        self, builder: Builder, quote_id: int, transaction: Transaction
    ) -> None:
        with transaction() as session:
            tomorrow = make_price_list(session, "demo-2099-01", valid_from=date(2099, 1, 1)).id
        builder.open(f"/orcamentos/{quote_id}/editar")
        assert builder.ask().status_code == 200
        assert builder.ask(price_list_id=str(tomorrow)).status_code == 404


class TestRecalculatingWithoutJavaScript:
    def test_answers_the_whole_page_with_the_new_figures(self, builder: Builder) -> None:
        builder.open_new()
        page = text_of(builder.recalculate(**EXAMPLE, setup="1").text)
        assert "Mensalidade R$ 299,60" in page
        assert "R$ 888,60 hoje, TED · com implantação" in page

    def test_keeps_what_was_typed_and_names_what_is_wrong(self, builder: Builder) -> None:
        builder.open_new()
        answer = builder.recalculate(total="100")
        assert answer.status_code == 422
        assert "O valor mínimo desta negociação é R$ 149,90." in text_of(answer.text)
        assert builder.fields["total"] == "100"

    def test_says_of_a_quantity_out_of_range_what_it_may_be(self, builder: Builder) -> None:
        builder.open_new()
        answer = builder.recalculate(total="190", quantity_user="200")
        assert answer.status_code == 422
        assert "vai de 2 a 99 no total" in answer.text
        assert (builder.fields["total"], builder.fields["quantity_user"]) == ("190", "200")

    @pytest.mark.deep
    def test_removes_an_app_by_its_button(self, builder: Builder) -> None:
        builder.open_new()
        builder.recalculate(**EXAMPLE)
        builder.recalculate(remove="nfse")
        assert "app_nfse" not in builder.fields
        assert "app_precos" in builder.fields


class TestThePreview:
    def test_answers_parts_of_the_page_that_stand_in_it(self, builder: Builder) -> None:
        page = builder.open_new().text
        answer = builder.ask(**EXAMPLE, total="279,77")
        targets = re.findall(r'hx-target="#([^"]+)"', answer.text)
        assert answer.status_code == 200
        assert "sums" in targets
        assert all(f'id="{target}"' in page for target in targets)
        assert "R$\u00a0141,91" in answer.text

    @pytest.mark.deep
    def test_stores_nothing(self, builder: Builder, transaction: Transaction) -> None:
        builder.open_new()
        builder.ask(**EXAMPLE)
        assert count_quotes(transaction) == 0

    @pytest.mark.deep
    def test_sends_at_most_two_statements(self, builder: Builder, app: Flask) -> None:
        builder.open_new()
        for typed in ({}, {"total": "170"}, {"plan": "mini"}):
            with statements(app) as sent:
                builder.ask(**typed)
            assert len(sent) <= 2, sent

    def test_of_a_draft_sends_at_most_two_statements(
        self, builder: Builder, app: Flask, quote_id: int
    ) -> None:
        builder.open(f"/orcamentos/{quote_id}/editar")
        with statements(app) as sent:
            builder.ask(total="170")
        assert len(sent) <= 2, sent

    def test_below_the_minimum_is_an_alert_at_the_field_that_names_it(self, builder: Builder) -> None:
        builder.open_new()
        answer = builder.ask(total="149,89")
        assert answer.status_code == 422
        assert 'id="total-error" role="alert"' in answer.text
        assert "O valor mínimo desta negociação é R$ 149,90." in text_of(answer.text)

    def test_takes_away_what_a_refused_save_complained_of(self, builder: Builder) -> None:
        builder.open_new()
        assert "Confira antes de continuar" in builder.send(total="149,89").text
        answer = builder.ask(total="170")
        assert 'hx-target="#problems"' in answer.text
        assert "Confira antes de continuar" not in answer.text

    def test_brings_the_other_plans_apps_when_the_plan_changes(self, builder: Builder) -> None:
        builder.open_new()
        assert 'hx-target="#apps_list"' not in builder.ask(quantity_user="3").text
        assert 'hx-target="#apps_list"' in builder.ask(plan="mini").text

    def test_without_the_token_is_refused(self, builder: Builder) -> None:
        builder.open_new()
        fields = {name: text for name, text in builder.fields.items() if name != "csrf_token"}
        assert builder.client.post(PREVIEW, data=fields).status_code == 422

    @pytest.mark.parametrize(
        "form",
        [{f"x{number}": "1" for number in range(300)}, {"plan": ["mini", "gestao"]}, {"total": "9" * 9000}],
    )
    def test_of_a_hostile_form_is_refused(self, builder: Builder, form: dict[str, str | list[str]]) -> None:
        builder.open_new()
        assert builder.client.submit(PREVIEW, builder.fields | form).status_code == 422
