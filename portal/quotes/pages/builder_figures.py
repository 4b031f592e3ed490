"""Everything a recalculation replaces, as the texts that stand on the page.

The texts are made here, once, so that the template only puts them in their places: it is rendered on every
change.
"""

from collections.abc import Sequence
from typing import NamedTuple

from calculator import Breakdown, RepasseUnreachable
from portal.quotes.forms.builder_quote import PricedForm
from portal.quotes.pages import offer
from portal.quotes.pages.builder_summary import Summary, summary_of
from portal.shared.brazil import format_money, format_money_input


class Row(NamedTuple):
    """One line of the negotiation table."""

    code: str
    label: str
    original: str
    minimum: str
    value: str
    error: str


class Table(NamedTuple):
    """The negotiation table; the centavos draw the slider.

    `free_at`: where on the scale from Mínimo (0) to Original (100) the prices begin that need no approval.
    """

    rows: Sequence[Row]
    original: str
    minimum: str
    free_down_to: str
    value: str
    original_cents: int
    minimum_cents: int
    negotiated_cents: int
    free_at: int


class Goal(NamedTuple):
    """The answer to "quero um repasse de R$ X": a price to take over, or why there is none."""

    price: str
    repasse: str
    refused: str


class Figures(NamedTuple):
    """What a recalculation replaces, part by part. `errors` by field name."""

    shown: str
    price_list_id: int
    notes: Sequence[str]
    errors: dict[str, str]
    summary: Summary
    quantities: Sequence[offer.Quantity]
    terms: Sequence[offer.TermCard]
    chips: Sequence[offer.Chip]
    table: Table
    goal: Goal | None
    setup: offer.Setup | None
    installments: Sequence[tuple[int, str]]
    chosen_installments: int


def figures_of(
    priced: PricedForm, *, covered: bool = False, selection: bool = True, quantities: bool = True
) -> Figures:
    """The figures of a priced form. `covered`: an approval already given covers its prices.

    Without `selection`, what depends on the selection alone is left out; without `quantities`, the add-ons.
    """
    return Figures(
        shown=priced.snapshot.write(),
        price_list_id=priced.context.price_list_id,
        notes=priced.notes,
        errors=priced.errors,
        summary=summary_of(priced, covered=covered),
        quantities=offer.quantities(priced) if quantities else (),
        terms=offer.terms(priced) if selection else (),
        chips=offer.chips(priced) if selection else (),
        table=_table(priced),
        goal=_goal(priced),
        setup=offer.setup(priced),
        installments=offer.installments(priced),
        chosen_installments=priced.selection.installments,
    )


def _table(priced: PricedForm) -> Table:
    breakdown, errors, typed = priced.breakdown, priced.errors, priced.typed
    monthly = breakdown.monthly
    return Table(
        rows=[
            Row(
                line.code,
                line.label if line.quantity == 1 else f"{line.label} × {line.quantity}",
                format_money(line.original_cents),
                format_money(line.minimum_cents),
                typed.lines[line.code]
                if errors and line.code in typed.lines
                else format_money_input(line.negotiated_cents),
                errors.get(f"line_{line.code}", ""),
            )
            for line in breakdown.lines
        ],
        original=format_money(monthly.original_cents),
        minimum=format_money(monthly.minimum_cents),
        free_down_to=format_money(breakdown.approval.free_down_to_cents),
        value=typed.texts["total"]
        if errors and "total" in typed.texts
        else format_money_input(monthly.negotiated_cents),
        original_cents=monthly.original_cents,
        minimum_cents=monthly.minimum_cents,
        negotiated_cents=monthly.minimum_cents if "total" in errors else monthly.negotiated_cents,
        free_at=_free_at(breakdown),
    )


def _free_at(breakdown: Breakdown) -> int:
    low, free = breakdown.monthly.minimum_cents, breakdown.approval.free_down_to_cents
    return (free - low) * 100 // max(breakdown.monthly.original_cents - low, 1)


def _goal(priced: PricedForm) -> Goal | None:
    goal = priced.goal
    if goal is None:
        return None
    if isinstance(goal, RepasseUnreachable):
        return Goal("", "", goal.message)
    return Goal(format_money(goal.negotiated_total_cents), format_money(goal.repasse_cents), "")
