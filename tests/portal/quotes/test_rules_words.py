"""States, reasons and numbers."""

import pytest

from portal.quotes.rules.labels import margin_basis_points, parse_quote_label, quote_label
from portal.quotes.rules.reasons import DECLINE_REASONS, VOID_REASONS, require_reason
from portal.quotes.rules.states import (
    TRANSITIONS,
    NotPossibleNow,
    QuoteState,
    require_revisable,
    require_transition,
    waits_for_approval,
)
from portal.shared.refusals import Refusal


class TestAState:
    @pytest.mark.parametrize(
        ("state", "target"),
        [
            (QuoteState.DRAFT, QuoteState.ACCEPTED),
            (QuoteState.PENDING_APPROVAL, QuoteState.SENT),
            (QuoteState.REJECTED, QuoteState.SENT),
            (QuoteState.COUNTERED, QuoteState.SENT),
            (QuoteState.DECLINED, QuoteState.ACCEPTED),
            (QuoteState.EXPIRED, QuoteState.ACCEPTED),
            (QuoteState.ACCEPTED, QuoteState.VOIDED),
        ],
    )
    def test_does_not_become_what_would_skip_a_step(self, state: QuoteState, target: QuoteState) -> None:
        with pytest.raises(NotPossibleNow):
            require_transition(state, target)

    def test_never_becomes_a_draft_again(self) -> None:
        assert all(QuoteState.DRAFT not in targets for targets in TRANSITIONS.values())

    @pytest.mark.parametrize("state", [QuoteState.DRAFT, QuoteState.PENDING_APPROVAL, QuoteState.ACCEPTED])
    def test_that_is_open_or_final_has_no_next_version(self, state: QuoteState) -> None:
        with pytest.raises(NotPossibleNow):
            require_revisable(state)

    def test_holds_a_version_back_from_the_customer_until_somebody_agreed(self) -> None:
        held = {state for state in QuoteState if waits_for_approval(state, needs_approval=True)}
        assert held == {
            QuoteState.DRAFT,
            QuoteState.PENDING_APPROVAL,
            QuoteState.REJECTED,
            QuoteState.COUNTERED,
        }
        assert not waits_for_approval(QuoteState.DRAFT, needs_approval=False)


class TestAReason:
    def test_must_be_of_the_list(self) -> None:
        with pytest.raises(Refusal) as refused:
            require_reason("because", VOID_REASONS)
        assert refused.value.field == "reason"

    def test_other_must_be_told_in_words(self) -> None:
        with pytest.raises(Refusal) as refused:
            require_reason("other", DECLINE_REASONS, note="  ")
        assert refused.value.field == "note"
        require_reason("other", DECLINE_REASONS, note="Vendi a loja")

    def test_may_not_be_a_novel(self) -> None:
        with pytest.raises(Refusal, match="2000"):
            require_reason("price", DECLINE_REASONS, note="x" * 2001)


class TestANumber:
    def test_has_a_letter_only_beside_others(self) -> None:
        assert quote_label(123, 1, alternatives=1) == "000123"
        assert quote_label(123, 2, alternatives=2) == "000123-B"

    @pytest.mark.parametrize(
        ("typed", "proposal"),
        [
            ("000123-B", 123),
            ("123", 123),
            ("#123b", 123),
            (" 000123 ", 123),
            ("padaria", None),
            ("12.345", None),
        ],
    )
    def test_is_found_as_people_type_it(self, typed: str, proposal: int | None) -> None:
        assert parse_quote_label(typed) == proposal


class TestTheMargin:
    def test_is_what_the_price_leaves_above_its_cost(self) -> None:
        assert margin_basis_points(200_00, 85_00) == 5750
        assert margin_basis_points(0, 0) == 0
