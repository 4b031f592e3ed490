"""What a selection may look like before anybody prices it."""

import json
import math
from datetime import date
from typing import Any

import pytest

from calculator import SelectionRefused, parse_selection, selection_to_json
from tests.calculator.samples import BASE, chosen

# fmt: off
DAYS_THAT_ARE_NONE = [
    "2026-02-29", "2026-6-1", "20260601", "2026-W23-1", "01/06/2026", "0000-01-01", "2026-13-01", "",
    "2026-06-01T00:00", "٢٠٢٦-٠٦-٠١", " 2026-06-01", "2026-06-01\n", 20260601, None,
]
AMOUNTS_THAT_ARE_NONE = [
    "79.905", "79.9", "79", "79.", ".90", "79,90", "1.234,56", "1,234.56", "R$ 79.90", "", " 79.90", "79.90 ",
    "-79.90", "+79.90", "079.90", "7e1", "NaN", "Infinity", "79.90\n", "٧٩.٩٠", "1_000.00", "0x10.00",
    "1000000000000.00", "9" * 5000 + ".00", 79.9, 79, True, None, ["79.90"], math.nan,
]
# fmt: on


def _refused(data: Any) -> SelectionRefused:
    with pytest.raises(SelectionRefused) as refused:
        parse_selection(data)
    return refused.value


class TestASelection:
    def test_needs_only_what_has_no_default(self) -> None:
        selection = parse_selection(BASE)
        assert selection.on == date(2026, 6, 1)
        assert (selection.quantities, selection.apps) == ({}, {})
        assert (selection.setup, selection.installments) == (False, 1)
        assert selection.negotiated_total is None
        assert selection.negotiated_lines is None
        assert selection.negotiated_setup is None

    def test_holds_money_in_centavos(self) -> None:
        selection = chosen(setup=True, negotiated_setup="0.07", negotiated_lines={"plan:gestao": "1234.50"})
        assert selection.negotiated_setup == 7
        assert selection.negotiated_lines == {"plan:gestao": 123450}

    def test_survives_json_with_every_field(self) -> None:
        selection = chosen(
            quantities={"user": 4, "branch": 1},
            apps={"tef": 2, "precos": 0},
            setup=True,
            negotiated_setup="300.00",
            negotiated_lines={"plan:gestao": "180.00"},
            payment_method="ted_card",
            installments=3,
        )
        assert parse_selection(json.loads(json.dumps(selection_to_json(selection)))) == selection

    def test_tells_no_negotiated_lines_from_none_at_all(self) -> None:
        assert "negotiated_lines" not in selection_to_json(chosen())
        assert selection_to_json(chosen(negotiated_lines={}))["negotiated_lines"] == {}


class TestASelectionThatIsNotWellFormed:
    @pytest.mark.parametrize("data", [None, [], "texto", 3, [BASE]])
    def test_is_no_object(self, data: object) -> None:
        assert _refused(data).code == "invalid_selection"

    @pytest.mark.parametrize("key", BASE)
    def test_lacks_a_field(self, key: str) -> None:
        refused = _refused({name: value for name, value in BASE.items() if name != key})
        assert (refused.code, refused.field) == ("invalid_selection", key)
        assert key in refused.message

    @pytest.mark.parametrize("key", ["desconto", "", "On", "negotiated", 5, None])
    def test_has_an_unknown_field(self, key: object) -> None:
        assert _refused({**BASE, key: 1}).code == "invalid_selection"

    @pytest.mark.parametrize("key", ["plan", "term", "arrangement", "tier", "payment_method"])
    @pytest.mark.parametrize("value", [None, 1, True, ["mini"], {"mini": 1}])
    def test_has_no_text_where_text_is_due(self, key: str, value: object) -> None:
        refused = _refused({**BASE, key: value})
        assert (refused.code, refused.field) == ("invalid_selection", key)

    @pytest.mark.parametrize(
        "day",
        DAYS_THAT_ARE_NONE,
    )
    def test_has_a_day_that_does_not_exist(self, day: object) -> None:
        refused = _refused({**BASE, "on": day})
        assert (refused.code, refused.field) == ("invalid_selection", "on")

    @pytest.mark.parametrize("count", [1.0, "1", True, False, None, math.nan, math.inf, [1], {}])
    def test_counts_with_something_else_than_whole_numbers(self, count: object) -> None:
        assert _refused({**BASE, "quantities": {"user": count}}).field == "quantities.user"
        assert _refused({**BASE, "apps": {"tef": count}}).field == "apps.tef"
        assert _refused({**BASE, "installments": count}).field == "installments"

    @pytest.mark.parametrize("value", [None, [], "user", 3, [["user", 3]]])
    @pytest.mark.parametrize("key", ["quantities", "apps", "negotiated_lines"])
    def test_has_no_object_where_one_is_due(self, key: str, value: object) -> None:
        refused = _refused({**BASE, key: value})
        assert (refused.code, refused.field) == ("invalid_selection", key)

    @pytest.mark.parametrize("flag", [0, 1, "true", None, []])
    def test_has_a_setup_that_is_neither_true_nor_false(self, flag: object) -> None:
        assert _refused({**BASE, "setup": flag}).field == "setup"


class TestMoneyInASelection:
    @pytest.mark.parametrize(
        "amount",
        AMOUNTS_THAT_ARE_NONE,
    )
    def test_is_refused_unless_it_is_text_with_two_decimals(self, amount: object) -> None:
        for key in ("negotiated_total", "negotiated_setup"):
            refused = _refused({**BASE, key: amount})
            assert (refused.code, refused.field) == ("invalid_money", key)
        refused = _refused({**BASE, "negotiated_lines": {"plan:gestao": amount}})
        assert (refused.code, refused.field) == ("invalid_money", "negotiated_lines.plan:gestao")

    @pytest.mark.parametrize(
        ("text", "cents"), [("0.00", 0), ("0.05", 5), ("279.77", 27977), ("999999999999.99", 99999999999999)]
    )
    def test_is_read_as_whole_centavos(self, text: str, cents: int) -> None:
        assert chosen(negotiated_total=text).negotiated_total == cents


class TestARefusal:
    def test_never_repeats_more_than_a_piece_of_what_was_typed(self) -> None:
        refused = _refused({**BASE, "x" * 100_000: 1})
        assert len(refused.message) < 150

    def test_repeats_nothing_that_is_not_printable(self) -> None:
        assert _refused({**BASE, "a\x1b[31m\ud800\n": 1}).message.isprintable()
