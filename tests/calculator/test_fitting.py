"""What stays of a selection when plan or term change under it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from calculator import Selection, carry_over, fit_selection, parse_price_list, price_quote

PRICE_LIST = parse_price_list((Path(__file__).parents[1] / "data" / "catalog.toml").read_text())
GESTAO = Selection(
    on=date(2026, 6, 1),
    plan="gestao",
    term="annual",
    arrangement="central_cobranca",
    tier="prata",
    payment_method="card",
    quantities={"user": 10, "register": 2, "branch": 3},
    apps={"nfse": 1, "precos": 1, "vendas": 4},
    installments=12,
)


class TestFittingAPlan:
    def test_keeps_what_the_smaller_plan_allows_and_names_what_it_does_not(self) -> None:
        fitted, adjustments = fit_selection(replace(GESTAO, plan="mini"), PRICE_LIST)
        assert fitted.quantities == {"user": 3, "register": 2, "branch": 1}
        assert fitted.apps == {"precos": 1, "vendas": 4}
        assert [adjustment.message for adjustment in adjustments] == [
            "Usuário adicional: 10 no total passou a 3, máximo do Hiper Mini.",
            "Filial adicional: 3 no total passou a 1, máximo do Hiper Mini.",
            "NFS-e não é vendido com o plano Hiper Mini e saiu da seleção.",
        ]

    def test_raises_to_the_included_units_of_a_larger_plan_without_a_word(self) -> None:
        mini = replace(GESTAO, plan="mini", quantities={"user": 1}, apps={})
        fitted, adjustments = fit_selection(replace(mini, plan="gestao"), PRICE_LIST)
        assert fitted.quantities["user"] == 2
        assert adjustments == ()

    def test_takes_out_an_app_that_lost_the_one_it_requires(self) -> None:
        fitted, adjustments = fit_selection(replace(GESTAO, apps={"varejo_digital": 1}), PRICE_LIST)
        assert fitted.apps == {}
        assert [adjustment.field for adjustment in adjustments] == ["apps.varejo_digital"]

    def test_keeps_the_first_of_two_apps_that_exclude_each_other(self) -> None:
        fitted, _ = fit_selection(replace(GESTAO, apps={"pos": 1, "tef": 2}), PRICE_LIST)
        assert fitted.apps == {"pos": 1}

    def test_lowers_installments_to_the_most_of_the_term(self) -> None:
        fitted, adjustments = fit_selection(replace(GESTAO, term="semiannual"), PRICE_LIST)
        assert fitted.installments == 6
        assert [adjustment.message for adjustment in adjustments] == [
            "Parcelas: 12 passou a 6, máximo do prazo Semestral."
        ]

    def test_pays_at_once_where_no_card_is_among_the_methods(self) -> None:
        fitted, adjustments = fit_selection(replace(GESTAO, payment_method="boleto"), PRICE_LIST)
        assert fitted.installments == 1
        assert adjustments == ()

    @pytest.mark.parametrize("plan", ["mini", "gestao"])
    def test_gives_a_selection_that_can_be_priced_whatever_it_was(self, plan: str) -> None:
        wild = replace(
            GESTAO,
            plan=plan,
            quantities={"user": -4, "register": 10_000, "nothing": 3},
            apps={"tef": 99, "pos": 1, "varejo_digital": 1, "": 1, "vendas": -1},
            installments=-7,
        )
        fitted, _ = fit_selection(wild, PRICE_LIST)
        assert price_quote(fitted, PRICE_LIST).monthly.original_cents > 0


class TestCarryingANegotiationOver:
    def test_keeps_the_share_of_the_original(self) -> None:
        assert carry_over(9_000, original_then=10_000, original_now=20_000, minimum_now=15_000) == 18_000

    def test_stops_at_the_new_minimum(self) -> None:
        assert carry_over(7_000, original_then=10_000, original_now=20_000, minimum_now=15_000) == 15_000

    def test_leaves_the_amount_alone_where_the_price_did_not_change(self) -> None:
        assert carry_over(9_001, original_then=10_000, original_now=10_000, minimum_now=8_000) == 9_001

    def test_becomes_the_original_where_it_was_free(self) -> None:
        assert carry_over(0, original_then=0, original_now=2_990, minimum_now=1_990) == 2_990
