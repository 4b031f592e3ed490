"""The examples everybody agreed on: exact answers, exact refusals."""

import json
from typing import Any

import pytest

from calculator import (
    SelectionRefused,
    breakdown_from_json,
    breakdown_to_json,
    parse_selection,
    price_quote,
    selection_to_json,
)
from tests.calculator.samples import EXAMPLES, demo


def _named(kind: str) -> list[Any]:
    return [pytest.param(example, id=example["name"]) for example in EXAMPLES[kind]]


class TestAPricedExample:
    @pytest.mark.parametrize("example", _named("priced"))
    def test_gives_exactly_its_answer(self, example: dict[str, Any]) -> None:
        answer = breakdown_to_json(price_quote(parse_selection(example["selection"]), demo()))
        # As text, so that the order of keys and lines counts too.
        assert json.dumps(answer) == json.dumps(example["breakdown"])

    @pytest.mark.parametrize("example", _named("priced"))
    def test_is_read_back_from_its_json(self, example: dict[str, Any]) -> None:
        breakdown = price_quote(parse_selection(example["selection"]), demo())
        assert breakdown_from_json(example["breakdown"]) == breakdown

    @pytest.mark.parametrize("example", _named("priced"))
    def test_keeps_its_selection_through_json(self, example: dict[str, Any]) -> None:
        selection = parse_selection(example["selection"])
        again = json.loads(json.dumps(selection_to_json(selection)))
        assert parse_selection(again) == selection
        assert {key: again[key] for key in example["selection"]} == example["selection"]


class TestARefusedExample:
    @pytest.mark.parametrize("example", _named("refused"))
    def test_gives_exactly_its_code_and_facts(self, example: dict[str, Any]) -> None:
        with pytest.raises(SelectionRefused) as refused:
            price_quote(parse_selection(example["selection"]), demo())
        error: dict[str, str] = refused.value.to_json()["error"]
        message = error.pop("message")
        assert error == example["error"]
        assert message.endswith(".")
        assert message[0].isupper()
