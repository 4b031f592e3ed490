"""Which lines a quote has, in which order, and what may not be ordered."""

import pytest

from calculator import Line
from tests.calculator.samples import demo_with, quote, refusal


class TestTheLines:
    def test_stand_in_the_price_lists_order_whatever_the_selections(self) -> None:
        breakdown = quote(
            apps={"mdfe": 1, "tef": 2, "precos": 1, "imagens": 1},
            quantities={"branch": 2, "register": 2, "user": 3},
        )
        assert [line.code for line in breakdown.lines] == [
            "plan:gestao",
            "addon:user",
            "addon:register",
            "addon:branch",
            "app:precos",
            "app:imagens",
            "app:tef",
            "app:mdfe",
        ]

    def test_are_units_times_the_unit_price_of_the_term(self) -> None:
        breakdown = quote(term="annual", quantities={"user": 99}, apps={"vendas": 20})
        # 97 users at 15.90 / 10.30 / 5.60 and 20 sellers at 19.90 / 13.50 / 6.40.
        assert breakdown.lines[1:] == (
            Line("addon:user", "Usuário adicional", 97, 154230, 99910, 154230, 54320),
            Line("app:vendas", "Vendas externas", 20, 39800, 27000, 39800, 12800),
        )

    def test_leave_out_what_is_included_and_what_is_not_chosen(self) -> None:
        breakdown = quote(quantities={"user": 2, "register": 1, "branch": 1}, apps={"tef": 0, "nfse": 0})
        assert [line.code for line in breakdown.lines] == ["plan:gestao"]

    def test_use_the_price_of_the_plan(self) -> None:
        assert quote(plan="mini", quantities={"user": 3}).lines[1].original_cents == 2 * 1490
        assert quote(plan="gestao", quantities={"user": 3}).lines[1].original_cents == 1990


class TestAPlanOrTerm:
    def test_must_be_in_the_price_list(self) -> None:
        assert refusal(plan="maxi").code == "unknown_plan"
        assert refusal(term="biennial").code == "unknown_term"
        assert "mini, gestao" in refusal(plan="maxi").message

    def test_is_not_mistaken_for_the_other(self) -> None:
        assert refusal(plan="monthly", term="gestao").code == "unknown_plan"


class TestAQuantity:
    @pytest.mark.parametrize("total", [1, 0, -1, 100, 10**40, -(10**40)])
    def test_lies_between_the_included_and_the_maximum(self, total: int) -> None:
        refused = refusal(quantities={"user": total})
        assert (refused.code, refused.field) == ("quantity_out_of_range", "quantities.user")
        assert "de 2 a 99" in refused.message

    def test_may_be_the_maximum(self) -> None:
        assert quote(quantities={"branch": 50}).lines[1].quantity == 49

    def test_is_one_the_price_list_knows(self) -> None:
        refused = refusal(quantities={"users": 3})
        assert refused.code == "invalid_selection"
        assert "user, register, branch" in refused.message

    def test_of_a_plan_without_additional_ones_stays_at_the_included(self) -> None:
        assert quote(plan="mini", quantities={"branch": 1}).lines[0].code == "plan:mini"
        assert refusal(plan="mini", quantities={"branch": 0}).code == "quantity_out_of_range"


class TestAnApp:
    def test_must_be_in_the_price_list_even_when_not_chosen(self) -> None:
        assert refusal(apps={"jogos": 1}).code == "unknown_app"
        assert refusal(apps={"jogos": 0}).code == "unknown_app"

    def test_of_another_plan_is_no_trouble_until_it_is_chosen(self) -> None:
        assert len(quote(plan="mini", apps={"tef": 0}).lines) == 1
        assert refusal(plan="mini", apps={"tef": 1}).code == "app_not_sold_with_plan"

    @pytest.mark.parametrize("units", [21, -1, 10**40])
    def test_is_sold_up_to_its_maximum(self, units: int) -> None:
        refused = refusal(apps={"vendas": units})
        assert (refused.code, refused.field) == ("quantity_out_of_range", "apps.vendas")
        assert "de 0 a 20" in refused.message

    def test_is_refused_without_the_one_it_requires(self) -> None:
        assert refusal(apps={"varejo_digital": 1}).code == "app_requires"
        assert refusal(apps={"varejo_digital": 1, "imagens": 0}).code == "app_requires"
        assert len(quote(apps={"varejo_digital": 1, "imagens": 1}).lines) == 3

    @pytest.mark.parametrize("apps", [{"tef": 1, "pos": 1}, {"pos": 1, "tef": 1}])
    def test_is_refused_beside_the_one_it_excludes(self, apps: dict[str, int]) -> None:
        refused = refusal(apps=apps)
        assert refused.code == "app_excludes"
        assert "TEF" in refused.message
        assert "Conexão POS" in refused.message

    def test_is_excluded_by_one_that_comes_later_in_the_list(self) -> None:
        other = demo_with(('label = "Boletos"', 'label = "Boletos"\nexcludes = ["mdfe"]'))
        assert refusal(other, apps={"mdfe": 1, "boletos": 1}).code == "app_excludes"
        assert refusal(other, apps={"boletos": 1, "mdfe": 1}).code == "app_excludes"

    def test_is_not_disturbed_by_an_excluded_one_that_is_not_chosen(self) -> None:
        assert len(quote(apps={"tef": 1, "pos": 0}).lines) == 2
