"""What changed between two versions, field by field, in the words of the screen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from calculator import PAYMENT_METHODS, Breakdown, Line, breakdown_from_json
from portal.quotes.rules.labels import arrangement_label, term_label
from portal.shared.brazil import format_date, format_money

NOTHING = "–"


class PricedVersion(Protocol):
    """What is compared of a version."""

    price_list_id: Any
    selection: Any
    breakdown: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same; `before` and `after` as people read them."""

    label: str
    before: str
    after: str


def differences(
    before: PricedVersion, after: PricedVersion, *, list_names: Mapping[int, str] | None = None
) -> list[Difference]:
    """Everything that differs between two versions of a quote, in the order of the builder.

    `list_names` gives price lists their names; without it they are called by their number.
    """
    old, new = dict(_fields(before, list_names or {})), dict(_fields(after, list_names or {}))
    labels = [*old, *(label for label in new if label not in old)]
    return [
        Difference(label, old.get(label, NOTHING), new.get(label, NOTHING))
        for label in labels
        if old.get(label, NOTHING) != new.get(label, NOTHING)
    ]


def _fields(version: PricedVersion, list_names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    breakdown = breakdown_from_json(version.breakdown)
    selection = version.selection
    yield "Tabela de preços", list_names.get(version.price_list_id, str(version.price_list_id))
    yield "Plano", breakdown.lines[0].label
    yield "Prazo", term_label(breakdown.term.code)
    for line in breakdown.lines[1:]:
        yield line.label, str(line.quantity)
    yield from _prices(breakdown)
    yield "Forma de pagamento", PAYMENT_METHODS.get(selection["payment_method"], selection["payment_method"])
    yield "Número de parcelas", str(selection.get("installments", 1))
    yield "Modalidade", arrangement_label(selection["arrangement"])
    yield "Dia da ativação", format_date(breakdown.payments[0].due_on)
    yield "Valor de repasse", format_money(breakdown.monthly.repasse_cents)


def _prices(breakdown: Breakdown) -> Iterator[tuple[str, str]]:
    monthly = breakdown.monthly
    yield "Original", format_money(monthly.original_cents)
    yield "Mínimo", format_money(monthly.minimum_cents)
    yield "Mensalidade", format_money(monthly.negotiated_cents)
    for line in breakdown.lines:
        yield f"{_name(line)}: negociado", format_money(line.negotiated_cents)
    yield "Total do período", format_money(breakdown.term.total_cents)
    if breakdown.setup is not None:
        yield "Valor de implantação", format_money(breakdown.setup.negotiated_cents)


def _name(line: Line) -> str:
    return "Plano" if line.code.startswith("plan:") else line.label
