"""What holds for every price list and every selection."""

import json
import tomllib
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from calculator import (
    Breakdown,
    breakdown_from_json,
    breakdown_to_json,
    limits,
    parse_selection,
    price_quote,
    selection_to_json,
    term_savings,
)
from tests.calculator import oracle
from tests.calculator.samples import CATALOG_TEXT, EXAMPLES, demo
from tests.calculator.strategies import Case, cases, text_of

ABOVE = st.integers(0, 50_000)


def _price(case: Case, **changes: object) -> Breakdown:
    return price_quote(parse_selection(case.chosen(**changes)), case.price_list)


def _negotiated(case: Case, above_minimum: int) -> Breakdown:
    minimum = _price(case).monthly.minimum_cents
    return _price(case, negotiated_total=text_of(minimum + above_minimum))


class TestEveryQuote:
    @given(cases(), ABOVE)
    def test_has_lines_that_add_up_to_its_total(self, case: Case, above: int) -> None:
        breakdown = _negotiated(case, above)
        monthly = breakdown.monthly
        for column in ("original_cents", "minimum_cents", "negotiated_cents", "cost_cents"):
            assert sum(getattr(line, column) for line in breakdown.lines) == getattr(monthly, column)
        assert monthly.negotiated_cents == monthly.minimum_cents + above

    @given(cases(), ABOVE)
    def test_has_no_line_below_its_minimum(self, case: Case, above: int) -> None:
        breakdown = _negotiated(case, above)
        assert all(line.negotiated_cents >= line.minimum_cents for line in breakdown.lines)
        if breakdown.monthly.negotiated_cents <= breakdown.monthly.original_cents:
            assert all(line.negotiated_cents <= line.original_cents for line in breakdown.lines)

    @given(cases(), ABOVE)
    def test_has_installments_that_add_up_and_differ_by_a_centavo_at_most(
        self, case: Case, above: int
    ) -> None:
        breakdown = _negotiated(case, above)
        amounts = [payment.amount_cents for payment in breakdown.payments]
        assert sum(amounts) == breakdown.term.total_cents
        assert amounts == sorted(amounts, reverse=True)
        assert amounts[0] - amounts[-1] <= 1

    @given(cases())
    def test_is_covered_in_order_to_the_end_of_its_term(self, case: Case) -> None:
        breakdown = _price(case)
        covered = [payment.covers_until for payment in breakdown.payments]
        due = [payment.due_on for payment in breakdown.payments]
        assert covered == sorted(covered)
        assert due == sorted(due)
        # The next term is due in the last month covered.
        assert (covered[-1].year, covered[-1].month) == (
            breakdown.next_term_due_on.year,
            breakdown.next_term_due_on.month,
        )

    @given(cases(), ABOVE, ABOVE)
    def test_that_is_cheaper_is_never_less_covered(self, case: Case, above: int, more: int) -> None:
        cheap, dear = _negotiated(case, above), _negotiated(case, above + more)
        assert [payment.covers_until for payment in cheap.payments] == [
            payment.covers_until for payment in dear.payments
        ]

    @given(cases(), ABOVE, ABOVE)
    def test_that_is_dearer_never_gives_less_repasse(self, case: Case, above: int, more: int) -> None:
        cheap, dear = _negotiated(case, above), _negotiated(case, above + more)
        assert dear.monthly.repasse_cents >= cheap.monthly.repasse_cents

    @given(cases(), ABOVE, ABOVE)
    def test_that_is_dearer_never_needs_more_approval(self, case: Case, above: int, more: int) -> None:
        cheap, dear = _negotiated(case, above), _negotiated(case, above + more)
        assert cheap.approval.required or not dear.approval.required
        assert cheap.approval.free_down_to_cents == dear.approval.free_down_to_cents

    @given(cases(), ABOVE)
    def test_negotiated_at_its_free_price_needs_nobody(self, case: Case, above: int) -> None:
        free = _price(case).approval.free_down_to_cents
        assert not _price(case, negotiated_total=text_of(free + above)).approval.required

    @given(cases(), ABOVE)
    def test_survives_json(self, case: Case, above: int) -> None:
        breakdown = _negotiated(case, above)
        assert breakdown_from_json(json.loads(json.dumps(breakdown_to_json(breakdown)))) == breakdown

    @given(cases())
    def test_keeps_its_selection_through_json(self, case: Case) -> None:
        selection = parse_selection(case.selection)
        assert parse_selection(json.loads(json.dumps(selection_to_json(selection)))) == selection

    @given(cases(), st.data())
    def test_negotiated_line_by_line_is_the_sum_of_its_lines(self, case: Case, data: st.DataObject) -> None:
        lines = _price(case).lines
        amounts = {
            line.code: line.minimum_cents + data.draw(ABOVE) for line in lines if data.draw(st.booleans())
        }
        breakdown = _price(case, negotiated_lines={code: text_of(cents) for code, cents in amounts.items()})
        expected = [amounts.get(line.code, line.original_cents) for line in lines]
        assert [line.negotiated_cents for line in breakdown.lines] == expected
        assert breakdown.monthly.negotiated_cents == sum(expected)

    @given(cases())
    def test_lies_within_the_limits_offered(self, case: Case) -> None:
        selection = parse_selection(case.selection)
        offered = limits(selection, case.price_list)
        for quantity in offered.quantities:
            assert quantity.included <= quantity.chosen <= quantity.maximum
        for app in offered.apps:
            assert app.chosen <= app.maximum
            assert not (app.chosen and app.blocked_because)
        assert selection.installments <= offered.max_installments

    @given(cases())
    def test_costs_in_each_term_what_the_term_cards_say(self, case: Case) -> None:
        for saving in term_savings(parse_selection(case.selection), case.price_list):
            breakdown = _price(case, term=saving.term.code, installments=1)
            assert breakdown.monthly.original_cents == saving.monthly_cents
            assert breakdown.term.total_cents == saving.term_total_cents


class TestTheSlowCalculator:
    @given(cases(), st.none() | ABOVE)
    def test_agrees_on_every_figure(self, case: Case, above: int | None) -> None:
        changes: dict[str, Any] = {}
        if above is not None:
            changes["negotiated_total"] = text_of(_price(case).monthly.minimum_cents + above)
        selection = case.chosen(**changes)
        found = breakdown_to_json(price_quote(parse_selection(selection), case.price_list))
        assert found == oracle.answer(case.data, selection)

    @given(cases(), st.none() | ABOVE)
    def test_agrees_on_the_setup_fee(self, case: Case, above: int | None) -> None:
        assume("setup" in case.data["plans"][case.selection["plan"]])
        selection = case.chosen(setup=True)
        if above is not None:
            setup = _price(case, setup=True).setup
            assert setup is not None
            selection["negotiated_setup"] = text_of(setup.minimum_cents + above)
        found = breakdown_to_json(price_quote(parse_selection(selection), case.price_list))
        assert found == oracle.answer(case.data, selection)

    def test_agrees_with_the_examples(self) -> None:
        data = tomllib.loads(CATALOG_TEXT)
        for example in EXAMPLES["priced"]:
            if "negotiated_lines" not in example["selection"]:
                assert oracle.answer(data, example["selection"]) == example["breakdown"]


class TestEveryTierOfTheDemonstrationList:
    @given(st.integers(14990, 30_000), st.sampled_from(["mini", "gestao"]))
    def test_with_more_authority_never_needs_more_approval(self, total: int, plan: str) -> None:
        base = {**EXAMPLES["priced"][0]["selection"], "plan": plan, "negotiated_total": text_of(total)}
        required = [
            price_quote(parse_selection({**base, "tier": tier}), demo()).approval.required
            for tier in ("platina", "ouro", "prata", "bronze")
        ]
        assert required == sorted(required)
