"""What the quote builder makes of what was typed."""

from datetime import date
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from calculator import parse_price_list
from portal.quotes.forms.builder_input import BuilderInput, MalformedForm
from portal.quotes.forms.builder_quote import PricedForm, PricingContext, price_form
from portal.quotes.pages.builder_figures import figures_of
from tests.factories.catalog import DEMO, list_text

CONTEXT = PricingContext(
    price_list_id=7,
    price_list=parse_price_list(DEMO),
    on=date(2026, 6, 1),
    arrangement="central_cobranca",
    tier="prata",
)
# The builder's example: Original 299,60, Mínimo 217,60.
EXAMPLE = {
    "plan": "gestao",
    "term": "monthly",
    "payment_method": "ted_boleto",
    "quantity_user": "3",
    "quantity_register": "2",
    "app_precos": "1",
    "app_nfse": "1",
}


def read(fields: dict[str, str], context: PricingContext = CONTEXT) -> PricedForm:
    return price_form(BuilderInput.from_form(MultiDict(fields)), context)


def page(fields: dict[str, str]) -> dict[str, str]:
    """The fields as the page that answers them would send them back, nothing more being typed."""
    figures = figures_of(read(fields))
    kept = {name: text for name, text in fields.items() if not name.startswith("line_") and name != "action"}
    lines = {f"line_{row.code}": row.value for row in figures.table.rows}
    setup = {"setup_value": figures.setup.value} if figures.setup else {}
    return kept | lines | setup | {"total": figures.table.value, "shown": figures.shown}


def negotiated(priced: PricedForm) -> dict[str, int]:
    return {line.code: line.negotiated_cents for line in priced.breakdown.lines}


class TestATotal:
    def test_is_spread_over_the_lines(self) -> None:
        priced = read(page(EXAMPLE) | {"total": "279,77"})
        assert negotiated(priced) == {
            "plan:gestao": 18781,
            "addon:user": 1821,
            "addon:register": 4627,
            "app:precos": 0,
            "app:nfse": 2748,
        }

    def test_stays_when_nothing_else_is_typed(self) -> None:
        priced = read(page(page(EXAMPLE) | {"total": "279,77"}))
        assert priced.breakdown.monthly.negotiated_cents == 27977
        assert priced.notes == []

    def test_below_the_minimum_names_the_minimum_at_the_field(self) -> None:
        priced = read(page(EXAMPLE) | {"total": "217,59"})
        assert priced.errors == {"total": "O valor mínimo desta negociação é R$\u00a0217,60."}

    def test_below_the_minimum_keeps_every_text_as_it_was_typed(self) -> None:
        before = page(page(EXAMPLE) | {"total": "279,77"})
        table = figures_of(read(before | {"total": "2"})).table
        assert table.value == "2"
        assert [row.value for row in table.rows] == ["187,81", "18,21", "46,27", "0,00", "27,48"]

    def test_at_the_minimum_is_taken(self) -> None:
        assert read(page(EXAMPLE) | {"total": "217,60"}).errors == {}

    @pytest.mark.parametrize("typed", ["NaN", "1e9", "-", "1.234", "abc", "R$", "<script>", "٢"])
    def test_that_is_no_money_is_refused_at_the_field(self, typed: str) -> None:
        assert read(page(EXAMPLE) | {"total": typed}).errors == {
            "total": "Escreva um valor em reais, por exemplo 1.234,56."
        }

    def test_that_is_beyond_reason_is_refused(self) -> None:
        assert "R$\u00a09.999.999,99" in read(page(EXAMPLE) | {"total": "10.000.000,00"}).errors["total"]

    def test_that_is_negative_is_below_the_minimum(self) -> None:
        assert "mínimo" in read(page(EXAMPLE) | {"total": "-300"}).errors["total"]

    def test_emptied_goes_back_to_the_original(self) -> None:
        assert read(page(page(EXAMPLE) | {"total": "250"}) | {"total": ""}).breakdown.monthly[2] == 29960


class TestALine:
    def test_typed_leaves_the_others_as_they_stand_and_adds_up(self) -> None:
        before = page(page(EXAMPLE) | {"total": "279,77"})
        priced = read(before | {"line_plan:gestao": "190"})
        assert negotiated(priced)["plan:gestao"] == 19000
        assert negotiated(priced)["addon:register"] == 4627
        assert priced.breakdown.monthly.negotiated_cents == 27977 - 18781 + 19000

    def test_below_its_minimum_is_refused_at_every_such_line(self) -> None:
        priced = read(page(EXAMPLE) | {"line_plan:gestao": "149,89", "line_app:nfse": "0,01"})
        assert priced.errors == {
            "line_plan:gestao": "O valor mínimo de Hiper Gestão é R$\u00a0149,90.",
            "line_app:nfse": "O valor mínimo de NFS-e é R$\u00a019,90.",
        }

    def test_gives_way_to_a_total_typed_afterwards(self) -> None:
        by_line = page(page(EXAMPLE) | {"line_plan:gestao": "190"})
        priced = read(by_line | {"total": "279,77"})
        assert negotiated(priced)["plan:gestao"] == 18781

    def test_of_an_app_just_removed_is_forgotten(self) -> None:
        before = page(page(EXAMPLE) | {"line_app:nfse": "25"})
        priced = read(before | {"remove": "nfse"})
        assert priced.errors == {}
        assert "app:nfse" not in negotiated(priced)


class TestASelectionThatChanges:
    def test_follows_with_the_same_discount_and_says_so(self) -> None:
        before = page(page(EXAMPLE) | {"total": "269,64"})  # exactly 10 % below the Original
        priced = read(before | {"term": "annual"})
        assert priced.breakdown.monthly.original_cents == 23960
        assert priced.breakdown.monthly.negotiated_cents == 21564
        assert priced.notes == [
            "A seleção mudou. Mantivemos o desconto que você negociou sobre os novos valores."
        ]

    def test_takes_a_total_typed_with_it_as_it_stands(self) -> None:
        priced = read(page(EXAMPLE) | {"quantity_user": "4", "total": "300"})
        assert priced.breakdown.monthly.negotiated_cents == 30000
        assert priced.notes == []

    def test_keeps_negotiated_lines_and_adds_new_ones_at_their_original(self) -> None:
        before = page(page(EXAMPLE) | {"line_plan:gestao": "180"})
        amounts = negotiated(read(before | {"app_boletos": "1"}))
        assert amounts["plan:gestao"] == 18000
        assert amounts["app:boletos"] == 2990

    def test_to_the_other_plan_keeps_the_discount_on_the_plan_itself(self) -> None:
        before = page(page(EXAMPLE) | {"line_plan:gestao": "159,92"})  # 20 % below R$ 199,90
        assert negotiated(read(before | {"plan": "mini"}))["plan:mini"] == 7192  # 20 % below R$ 89,90

    def test_without_a_negotiation_stays_at_the_original_without_a_word(self) -> None:
        priced = read(page(EXAMPLE) | {"quantity_user": "5"})
        assert priced.breakdown.monthly.discount_basis_points == 0
        assert priced.notes == []

    def test_to_the_other_plan_keeps_what_fits_and_names_the_rest(self) -> None:
        priced = read(page(EXAMPLE | {"quantity_user": "9"}) | {"plan": "mini"})
        assert priced.errors == {}
        assert priced.selection.quantities == {"user": 3, "register": 2, "branch": 1}
        assert priced.selection.apps == {"precos": 1}
        assert priced.notes == [
            "Usuário adicional: 9 no total passou a 3, máximo do Hiper Mini.",
            "NFS-e não é vendido com o plano Hiper Mini e saiu da seleção.",
        ]

    def test_to_a_method_without_card_pays_at_once(self) -> None:
        card = page(EXAMPLE | {"term": "annual", "payment_method": "card", "installments": "12"})
        assert read(card | {"payment_method": "boleto"}).selection.installments == 1

    def test_under_a_new_price_list_is_priced_with_it_and_says_so(self) -> None:
        text = list_text(
            "demo-2026-07", valid_from=date(2026, 7, 1), name="Tabela julho/2026", a='"199.90"=>"249.90"'
        )
        july = PricingContext(
            price_list_id=8,
            price_list=parse_price_list(text),
            on=date(2026, 7, 1),
            arrangement="central_cobranca",
            tier="prata",
        )
        priced = read(page(EXAMPLE), july)
        assert priced.breakdown.monthly.negotiated_cents == 29960 + 5000
        assert priced.notes == [
            (
                "A tabela de preços mudou em 01/07/2026, depois que você abriu esta página. "
                "Recalculamos tudo com a “Tabela julho/2026”: confira os valores."
            )
        ]


class TestTheSetupFee:
    def test_stands_at_its_original_until_negotiated(self) -> None:
        priced = read(EXAMPLE | {"setup": "1"})
        assert priced.breakdown.setup is not None
        assert priced.breakdown.setup.negotiated_cents == 58900

    def test_below_its_minimum_is_refused_at_its_field(self) -> None:
        priced = read(page(EXAMPLE | {"setup": "1"}) | {"setup_value": "388,99"})
        assert priced.errors == {"setup_value": "O valor mínimo da implantação é R$\u00a0389,00."}

    def test_is_wrong_beside_a_wrong_total_and_both_are_said(self) -> None:
        priced = read(page(EXAMPLE | {"setup": "1"}) | {"setup_value": "1", "total": "1"})
        assert priced.errors.keys() == {"setup_value", "total"}

    def test_leaves_when_it_is_no_longer_charged(self) -> None:
        with_setup = page(page(EXAMPLE | {"setup": "1"}) | {"setup_value": "400"})
        without = {name: text for name, text in with_setup.items() if name != "setup"}
        assert read(without).errors == {}


class TestAWantedRepasse:
    def test_is_answered_with_its_price_and_changes_nothing_yet(self) -> None:
        figures = figures_of(read(page(EXAMPLE) | {"repasse_goal": "141,91"}))
        assert figures.goal is not None
        assert figures.goal.price == "R$\u00a0279,77"
        assert figures.table.value == "299,60"

    def test_is_answered_beside_a_total_below_the_minimum_too(self) -> None:
        figures = figures_of(read(page(EXAMPLE) | {"total": "10", "repasse_goal": "141,91"}))
        assert figures.errors.keys() == {"total"}
        assert figures.goal is not None
        assert figures.goal.price == "R$\u00a0279,77"

    def test_is_taken_over_when_asked(self) -> None:
        priced = read(page(EXAMPLE) | {"repasse_goal": "141,91", "action": "use_goal"})
        assert priced.breakdown.monthly.negotiated_cents == 27977

    def test_that_nobody_can_get_says_why(self) -> None:
        context = PricingContext(
            price_list_id=7,
            price_list=CONTEXT.price_list,
            on=CONTEXT.on,
            arrangement="hiperador",
            tier="prata",
        )
        figures = figures_of(read(EXAMPLE | {"repasse_goal": "10"}, context))
        assert figures.goal is not None
        assert "você mesmo cobra o cliente" in figures.goal.refused


class TestHostileInput:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("plan", "platinum"),
            ("plan", ""),
            ("term", "weekly"),
            ("payment_method", "cheque"),
            ("quantity_user", "-1"),
            ("quantity_user", "1e9"),
            ("quantity_user", "999999999"),
            ("quantity_user", "99999999999999999999"),
            ("quantity_user", ""),
            ("quantity_user", "2.5"),
            ("app_nfse", "2"),
            ("app_nfse", "-1"),
            ("app_vendas", "21"),
            ("installments", "0"),
            ("installments", "2"),
        ],
    )
    def test_is_refused_at_its_field(self, field: str, value: str) -> None:
        assert field in read(EXAMPLE | {field: value}).errors

    def test_with_an_app_nobody_knows_is_refused(self) -> None:
        assert read(EXAMPLE | {"app_'; drop": "1"}).errors.keys() == {"apps"}

    def test_with_a_quantity_nobody_knows_is_refused(self) -> None:
        assert read(EXAMPLE | {"quantity_moon": "1"}).errors.keys() == {"quantities"}

    def test_with_a_line_nobody_knows_is_refused_without_a_page(self) -> None:
        assert read(EXAMPLE | {"line_plan:mini": "100"}).errors.keys() == {"total"}

    def test_with_total_and_lines_by_hand_is_refused(self) -> None:
        assert "total" in read(EXAMPLE | {"total": "280", "line_plan:gestao": "180"}).errors

    def test_without_any_field_is_refused_at_the_fields_that_are_missing(self) -> None:
        assert {"plan", "term", "payment_method"} <= read({}).errors.keys()

    def test_with_a_forged_memory_of_the_page_changes_no_price(self) -> None:
        for forged in (
            "x",
            "7|gestao|monthly|boleto|total|plan:gestao=1/1",
            "||||total|=/",
            "7|a|b|c|lines|x=1/2",
        ):
            priced = read(EXAMPLE | {"shown": forged, "total": "100"})
            assert "total" in priced.errors

    def test_with_too_many_fields_is_refused_whole(self) -> None:
        with pytest.raises(MalformedForm):
            read(EXAMPLE | {f"x{number}": "" for number in range(200)})

    @pytest.mark.parametrize("form", [[("plan", "mini"), ("plan", "gestao")], [("total", "1" * 6000)]])
    def test_with_a_field_twice_or_without_end_is_refused_whole(self, form: Any) -> None:
        with pytest.raises(MalformedForm):
            BuilderInput.from_form(MultiDict(form))


class TestWhatThePageSays:
    def test_names_what_a_longer_term_saves(self) -> None:
        cards = {card.code: card for card in figures_of(read(EXAMPLE)).terms}
        assert cards["monthly"].saving == ""
        assert cards["annual"].price == "R$\u00a0239,60"
        assert cards["annual"].saving == "economiza R$\u00a0720,00 (20,03\u00a0%)"

    def test_offers_installments_with_a_card_only(self) -> None:
        assert figures_of(read(EXAMPLE)).installments == []
        card = figures_of(read(EXAMPLE | {"term": "semiannual", "payment_method": "card"})).installments
        assert [text for _, text in card][:2] == ["à vista", "2 × R$\u00a0808,80"]
        assert len(card) == 6

    def test_shows_the_sums_of_the_example(self) -> None:
        summary = figures_of(read(EXAMPLE | {"total": "279,77", "setup": "1"})).summary
        assert [(line.label, line.value) for line in [*summary.sums, *summary.shares]] == [
            ("1º pagamento", "R$\u00a0868,77"),
            ("Liberado até", "31/07/2026"),
            ("Próximo vencimento", "15/07/2026"),
            ("Mensalidade paga pelo Hiperador", "R$\u00a0119,00"),
            ("Taxa da central", "R$\u00a018,86"),
            ("Valor de repasse", "R$\u00a0141,91"),
        ]

    @pytest.mark.parametrize(
        ("total", "verdict"), [("269,64", "free"), ("269,63", "needs"), ("217,59", "wrong")]
    )
    def test_says_whether_the_price_may_go_out(self, total: str, verdict: str) -> None:
        assert figures_of(read(EXAMPLE | {"total": total})).summary.verdict == verdict
