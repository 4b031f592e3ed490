"""What of the negotiation was typed, and what follows when the selection changes under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from calculator import (
    Line,
    PriceForRepasse,
    PriceList,
    RepasseUnreachable,
    Selection,
    carry_over,
    solve_total_for_repasse,
)
from portal.quotes.forms.builder_input import BuilderInput
from portal.quotes.forms.builder_snapshot import Mode, PriceSnapshot, SnapshotAmount
from portal.shared.brazil import format_money, parse_money

MAX_CENTS = 999_999_999
PLAN_LINE = "plan:"
NOT_MONEY = "Escreva um valor em reais, por exemplo 1.234,56."
KEPT_DISCOUNT = "A seleção mudou. Mantivemos o desconto que você negociou sobre os novos valores."


@dataclass(slots=True)
class Negotiation:
    """The amounts to price with; `errors` by field name, `notes` on what was carried over."""

    mode: Mode = Mode.ORIGINAL
    total: int | None = None
    lines: dict[str, int] | None = None
    setup: int | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def of(self, selection: Selection) -> Selection:
        """The selection with these amounts."""
        if self.total is None and self.lines is None and self.setup is None:
            return selection
        return replace(
            selection,
            negotiated_total=self.total,
            negotiated_lines=self.lines,
            negotiated_setup=self.setup if selection.setup else None,
        )


def money_typed(text: str, name: str, errors: dict[str, str]) -> int | None:
    """The centavos of a field, None when empty or wrong; then `errors` says so at `name`."""
    if not text:
        return None
    try:
        cents = parse_money(text)
    except ValueError:
        errors[name] = NOT_MONEY
        return None
    if cents > MAX_CENTS:
        errors[name] = f"O valor pode ir até {format_money(MAX_CENTS)}."
        return None
    return cents


def negotiation_typed(typed: BuilderInput, lines: Sequence[Line]) -> Negotiation:
    """What was negotiated, given the lines of the selection at Original.

    Total or lines, whichever was typed last: the one that differs from what the page showed. What was not
    typed follows the selection with the same share of the Original. Sent without a page, both are taken as
    they stand.
    """
    negotiation = Negotiation()
    if typed.text("action") == "reset":
        return negotiation
    total = money_typed(typed.text("total"), "total", negotiation.errors)
    amounts = {
        code: money_typed(text, f"line_{code}", negotiation.errors) for code, text in typed.lines.items()
    }
    if typed.snapshot is None:
        negotiation.total = total
        given = {code: cents for code, cents in amounts.items() if cents is not None}
        negotiation.lines = given or None
        negotiation.mode = Mode.TOTAL if total is not None else Mode.LINES if given else Mode.ORIGINAL
    elif "total" in typed.texts and total != typed.snapshot.negotiated_cents:
        negotiation.total = total
        negotiation.mode = Mode.ORIGINAL if total is None else Mode.TOTAL
    elif _differ(amounts, typed.snapshot) or typed.snapshot.mode is Mode.LINES:
        _follow_lines(negotiation, amounts, typed.snapshot, lines)
    elif typed.snapshot.mode is Mode.TOTAL:
        _follow_total(negotiation, typed.snapshot, lines)
    _forget_what_equals_the_original(negotiation, lines)
    return negotiation


def _differ(amounts: Mapping[str, int | None], shown: PriceSnapshot) -> bool:
    return any(
        code in shown.lines and cents != shown.lines[code].negotiated_cents for code, cents in amounts.items()
    )


def _follow_total(negotiation: Negotiation, shown: PriceSnapshot, lines: Sequence[Line]) -> None:
    original = sum(line.original_cents for line in lines)
    negotiation.mode = Mode.TOTAL
    negotiation.total = shown.negotiated_cents
    if original != shown.original_cents:
        negotiation.total = carry_over(
            shown.negotiated_cents,
            original_then=shown.original_cents,
            original_now=original,
            minimum_now=sum(line.minimum_cents for line in lines),
        )
        negotiation.notes.append(KEPT_DISCOUNT)


def _follow_lines(
    negotiation: Negotiation, amounts: Mapping[str, int | None], shown: PriceSnapshot, lines: Sequence[Line]
) -> None:
    followed = {}
    for line in lines:
        code = _code_shown(line, shown)
        if code is None:
            continue  # new on the page: at its Original
        was = shown.lines[code]
        typed = amounts.get(code, was.negotiated_cents)
        if typed is None:
            continue  # emptied: back to its Original
        if typed == was.negotiated_cents and line.original_cents != was.original_cents:
            if typed != was.original_cents:
                followed[line.code] = _carried(was, line)
                negotiation.notes[:] = [KEPT_DISCOUNT]
        else:
            followed[line.code] = typed
    negotiation.mode = Mode.LINES
    negotiation.lines = followed


def _code_shown(line: Line, shown: PriceSnapshot) -> str | None:
    """Where the page showed this line; a plan that takes the other's place follows that one's discount."""
    if line.code in shown.lines:
        return line.code
    if line.code.startswith(PLAN_LINE):
        return next((code for code in shown.lines if code.startswith(PLAN_LINE)), None)
    return None


def _carried(was: SnapshotAmount, line: Line) -> int:
    return carry_over(
        was.negotiated_cents,
        original_then=was.original_cents,
        original_now=line.original_cents,
        minimum_now=line.minimum_cents,
    )


def _forget_what_equals_the_original(negotiation: Negotiation, lines: Sequence[Line]) -> None:
    originals = {line.code: line.original_cents for line in lines}
    lines_typed = negotiation.lines or {}
    if all(originals.get(code) == cents for code, cents in lines_typed.items()):
        negotiation.lines = None
    if negotiation.total == sum(originals.values()):
        negotiation.total = None
    if negotiation.lines is None and negotiation.total is None and not negotiation.errors:
        negotiation.mode = Mode.ORIGINAL


def setup_typed(typed: BuilderInput, negotiation: Negotiation, original: int, minimum: int) -> None:
    """Take the setup fee typed into the negotiation; one not typed follows its Original."""
    if "setup_value" not in typed.texts:
        return
    cents = money_typed(typed.text("setup_value"), "setup_value", negotiation.errors)
    was = typed.snapshot.setup if typed.snapshot else None
    if cents is not None and was is not None and cents == was.negotiated_cents:
        cents = carry_over(
            cents, original_then=was.original_cents, original_now=original, minimum_now=minimum
        )
    negotiation.setup = None if cents == original else cents


def wanted_repasse(
    typed: BuilderInput, selection: Selection, price_list: PriceList, errors: dict[str, str]
) -> PriceForRepasse | RepasseUnreachable | None:
    """The price for the repasse asked for, None when none was. `selection` can be priced."""
    goal = money_typed(typed.text("repasse_goal"), "repasse_goal", errors)
    return None if goal is None else solve_total_for_repasse(selection, price_list, goal)
