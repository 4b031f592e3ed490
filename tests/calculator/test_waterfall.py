"""Who gets what of the price, how it is told, and the price for a wanted repasse."""

import pytest

from calculator import PriceForRepasse, RepasseUnreachable, describe_waterfall, solve_total_for_repasse
from tests.calculator.samples import chosen, demo, demo_with, quote, refusal


class TestTheRepasse:
    def test_of_the_billing_centre_is_what_cost_and_fee_leave(self) -> None:
        monthly = quote(negotiated_total="199.90").monthly
        # 6.74 % of 199.90 is 13.47326.
        assert (monthly.cost_cents, monthly.central_fee_cents) == (8500, 1347)
        assert monthly.repasse_cents == 19990 - 8500 - 1347

    def test_of_leads_is_what_the_vendors_share_leaves_whatever_the_cost(self) -> None:
        monthly = quote(arrangement="central_leads", negotiated_total="199.90").monthly
        # 55 % of 199.90 is 109.945: half up.
        assert (monthly.vendor_share_cents, monthly.central_fee_cents) == (10995, 0)
        assert monthly.repasse_cents == 19990 - 10995

    def test_is_none_where_the_partner_bills_and_pays_the_cost(self) -> None:
        monthly = quote(arrangement="hiperador", setup=True).monthly
        assert (monthly.repasse_cents, monthly.partner_pays_cents) == (0, 8500)

    def test_is_negative_where_the_price_does_not_bear_its_cost(self) -> None:
        other = demo_with(('cost = { monthly = "85.00"', 'cost = { monthly = "149.90"'))
        # At the minimum of 149.90 the fee of 10.10 has nothing left to come from.
        assert quote(other, negotiated_total="149.90").monthly.repasse_cents == -1010

    def test_of_the_setup_fee_bears_the_same_percentage_and_no_cost(self) -> None:
        setup = quote(setup=True).setup
        assert setup is not None
        assert (setup.central_fee_cents, setup.repasse_cents) == (3303, 45697)  # 6.74 % of 490.00 is 33.026
        setup = quote(setup=True, arrangement="hiperador").setup
        assert setup is not None
        assert (setup.central_fee_cents, setup.vendor_share_cents, setup.repasse_cents) == (0, 0, 0)

    def test_needs_an_arrangement_of_the_price_list(self) -> None:
        assert refusal(arrangement="outra").code == "invalid_selection"


class TestTheExplanation:
    @pytest.mark.parametrize("arrangement", ["central_cobranca", "central_leads", "hiperador"])
    def test_adds_up_to_its_result(self, arrangement: str) -> None:
        steps = describe_waterfall(quote(arrangement=arrangement, setup=True), demo(), arrangement)
        for part in ("monthly", "setup"):
            amounts = [step.cents for step in steps if step.part == part]
            assert sum(amounts[:-1]) == amounts[-1]

    def test_names_each_part_in_portuguese(self) -> None:
        steps = describe_waterfall(quote(), demo(), "central_cobranca")
        assert [(step.label, step.cents) for step in steps] == [
            ("Mensalidade", 19990),
            ("Mensalidade paga pelo Hiperador", -8500),
            ("Taxa da central", -1347),
            ("Valor de repasse", 10143),
        ]
        assert steps[2].why == "6,74 % de R$\N{NO-BREAK SPACE}199,90, arredondado ao centavo."

    def test_tells_the_repasse_of_the_setup_fee_from_that_of_the_month(self) -> None:
        steps = describe_waterfall(quote(setup=True), demo(), "central_cobranca")
        results = [step.label for step in steps if step.kind == "result"]
        assert results == ["Valor de repasse", "Repasse da implantação"]

    def test_names_the_vendors_share(self) -> None:
        steps = describe_waterfall(quote(arrangement="central_leads"), demo(), "central_leads")
        assert [(step.label, step.cents) for step in steps] == [
            ("Mensalidade", 19990),
            ("Parte do fornecedor", -10995),
            ("Valor de repasse", 8995),
        ]
        assert steps[1].why.startswith("55,00 % de ")

    def test_says_that_the_partner_itself_bills(self) -> None:
        steps = describe_waterfall(quote(arrangement="hiperador"), demo(), "hiperador")
        assert steps[-1].cents == 19990 - 8500
        assert "não há repasse" in steps[-1].why


class TestThePriceForARepasse:
    @pytest.mark.parametrize("arrangement", ["central_cobranca", "central_leads"])
    @pytest.mark.parametrize("wanted", [8000, 10143, 12345, 99999, 1_000_000])
    def test_is_the_smallest_that_gives_it(self, arrangement: str, wanted: int) -> None:
        answer = solve_total_for_repasse(chosen(arrangement=arrangement), demo(), wanted)
        assert isinstance(answer, PriceForRepasse)
        total = answer.negotiated_total_cents

        def repasse(cents: int) -> int:
            text = f"{cents // 100}.{cents % 100:02d}"
            return quote(arrangement=arrangement, negotiated_total=text).monthly.repasse_cents

        assert repasse(total) == answer.repasse_cents >= wanted
        assert repasse(total - 1) < wanted

    def test_is_the_minimum_when_that_gives_more_already(self) -> None:
        answer = solve_total_for_repasse(chosen(), demo(), 1)
        # 149.90 less 85.00 and 10.10.
        assert answer == PriceForRepasse(14990, 14990 - 8500 - 1010)

    def test_takes_no_notice_of_what_was_negotiated(self) -> None:
        plain = solve_total_for_repasse(chosen(), demo(), 10143)
        assert solve_total_for_repasse(chosen(negotiated_total="500.00"), demo(), 10143) == plain

    def test_does_not_exist_where_the_partner_bills(self) -> None:
        answer = solve_total_for_repasse(chosen(arrangement="hiperador"), demo(), 1)
        assert isinstance(answer, RepasseUnreachable)
        assert "Hiperador" in answer.message

    def test_does_not_exist_where_all_is_kept(self) -> None:
        other = demo_with(('central_fee_percent = "6.74"', 'central_fee_percent = "100"'))
        answer = solve_total_for_repasse(chosen(), other, 1)
        assert isinstance(answer, RepasseUnreachable)
        assert "R$\N{NO-BREAK SPACE}0,01" in answer.message

    def test_does_not_exist_beyond_any_amount_of_money(self) -> None:
        assert isinstance(solve_total_for_repasse(chosen(), demo(), 10**30), RepasseUnreachable)
