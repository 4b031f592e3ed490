"""From what was typed to a priced selection: everything that is wrong is said at its field, at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from calculator import (
    PAYMENT_METHODS,
    Breakdown,
    PriceForRepasse,
    PriceList,
    RepasseUnreachable,
    Selection,
    SelectionRefused,
    fit_selection,
    price_quote,
)
from portal.quotes.forms.builder_input import BuilderInput
from portal.quotes.forms.builder_snapshot import Mode, PriceSnapshot, SnapshotAmount
from portal.quotes.forms.negotiation import Negotiation, negotiation_typed, setup_typed, wanted_repasse
from portal.quotes.rules.refusals import SelectionRejected
from portal.shared.brazil import format_date

MAX_UNITS = 1_000_000
MAX_REFUSALS = 60
NOT_A_COUNT = "Escreva um número inteiro, por exemplo 3."

PREFIXES = {"quantities": "quantity_", "apps": "app_", "negotiated_lines": "line_"}
NAMES = {
    "negotiated_total": "total",
    "negotiated_lines": "total",
    "negotiated_setup": "setup_value",
    **{
        name: name
        for name in ("plan", "term", "payment_method", "installments", "apps", "quantities", "setup")
    },
}
FITTED = frozenset({"installments", "quantities", "apps", "setup"})
NEGOTIATED = frozenset({"negotiated_total", "negotiated_lines", "negotiated_setup"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingContext:
    """What a price depends on besides the form: the list, the day, the partner's arrangement and tier."""

    price_list_id: int
    price_list: PriceList
    on: date
    arrangement: str
    tier: str


@dataclass(slots=True)
class PricedForm:
    """The builder's form and its price. `errors` by field name: with any, `breakdown` prices the rest.

    `notes` say what was changed for the person because the plan, the term or the list changed.
    """

    typed: BuilderInput
    context: PricingContext
    selection: Selection
    breakdown: Breakdown
    mode: Mode = Mode.ORIGINAL
    goal: PriceForRepasse | RepasseUnreachable | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def snapshot(self) -> PriceSnapshot:
        """What the answering page shows; with errors still what was there, so nothing typed is lost."""
        if self.errors and self.typed.snapshot is not None:
            return replace(self.typed.snapshot, wrong=True)
        selection, setup = self.selection, self.breakdown.setup
        return PriceSnapshot(
            price_list_id=self.context.price_list_id,
            plan=selection.plan,
            term=selection.term,
            payment_method=selection.payment_method,
            mode=self.mode,
            lines={
                line.code: SnapshotAmount(line.original_cents, line.negotiated_cents)
                for line in self.breakdown.lines
            },
            setup=None if setup is None else SnapshotAmount(setup.original_cents, setup.negotiated_cents),
        )

    @property
    def changes_offer(self) -> bool:
        """Whether what can be chosen is no longer what the page offers."""
        shown = self.typed.snapshot
        return shown is None or (shown.price_list_id, shown.plan, shown.term) != (
            self.context.price_list_id,
            self.selection.plan,
            self.selection.term,
        )

    @property
    def changes_quantities(self) -> bool:
        """Whether the add-ons' limits, unit prices or errors are no longer as the page shows them."""
        shown = self.typed.snapshot
        return self.changes_offer or bool(self.errors) or (shown is not None and shown.wrong)

    @property
    def changes_selection(self) -> bool:
        """Whether anything but the negotiated amounts is no longer as the page shows it."""
        shown, setup = self.typed.snapshot, self.breakdown.setup
        if shown is None or shown.wrong or self.errors or self.changes_offer:
            return True
        return (
            shown.payment_method != self.selection.payment_method
            or (shown.setup and shown.setup.original_cents) != (setup and setup.original_cents)
            or [(code, was.original_cents) for code, was in shown.lines.items()]
            != [(line.code, line.original_cents) for line in self.breakdown.lines]
        )


def price_form(typed: BuilderInput, context: PricingContext) -> PricedForm:
    """Price what was typed. Never raises: a form can only have errors."""
    errors: dict[str, str] = {}
    notes: list[str] = []
    selection = _selection(typed, context, errors)
    if typed.snapshot is not None:
        selection = _fit(selection, typed.snapshot, context, notes)
    selection, at_original = _price(selection, context.price_list, errors)
    negotiation = _negotiation(typed, selection, at_original, context.price_list, errors)
    negotiated, breakdown = selection, at_original
    can_be_sold = not errors
    if can_be_sold:  # the minimum of a selection that cannot be sold is nobody's minimum
        negotiated = negotiation.of(selection)
    if negotiated is not selection:
        negotiated, breakdown = _price(negotiated, context.price_list, errors)
    errors.update(negotiation.errors)
    priced = PricedForm(typed, context, negotiated, breakdown, negotiation.mode, None, errors)
    if can_be_sold:  # the price for a repasse helps most when the one typed is refused
        priced.goal = wanted_repasse(typed, selection, context.price_list, errors)
    priced.notes = notes + negotiation.notes
    return priced


def _negotiation(
    typed: BuilderInput,
    selection: Selection,
    at_original: Breakdown,
    price_list: PriceList,
    errors: dict[str, str],
) -> Negotiation:
    negotiation = negotiation_typed(typed, at_original.lines)
    if at_original.setup is not None:
        setup_typed(typed, negotiation, at_original.setup.original_cents, at_original.setup.minimum_cents)
    if typed.text("action") == "use_goal":
        goal = wanted_repasse(typed, selection, price_list, errors)
        if isinstance(goal, PriceForRepasse):
            negotiation.mode, negotiation.lines = Mode.TOTAL, None
            negotiation.total = goal.negotiated_total_cents
    return negotiation


def _selection(typed: BuilderInput, context: PricingContext, errors: dict[str, str]) -> Selection:
    return Selection(
        on=context.on,
        plan=typed.text("plan"),
        term=typed.text("term"),
        arrangement=context.arrangement,
        tier=context.tier,
        payment_method=typed.text("payment_method"),
        quantities=_counts(typed.quantities, "quantity_", errors),
        apps=_counts(typed.apps, "app_", errors, empty=0),
        setup=bool(typed.text("setup")),
        installments=_counts({"installments": typed.text("installments") or "1"}, "", errors)["installments"],
    )


def _counts(
    texts: Mapping[str, str], prefix: str, errors: dict[str, str], *, empty: int | None = None
) -> dict[str, int]:
    counts = {}
    for code, text in texts.items():
        if text.isascii() and text.isdigit() and len(text) < 10:
            counts[code] = min(int(text), MAX_UNITS)
        elif not text and empty is not None:
            counts[code] = empty
        else:
            errors[prefix + code] = NOT_A_COUNT
            if not prefix:
                counts[code] = 1
    return counts


def _fit(selection: Selection, shown: PriceSnapshot, context: PricingContext, notes: list[str]) -> Selection:
    """Where plan, term, list or payment method changed on a page, keep what fits and note what does not."""
    was = (shown.price_list_id, shown.plan, shown.term, shown.payment_method)
    if was == (context.price_list_id, selection.plan, selection.term, selection.payment_method):
        return selection
    price_list = context.price_list
    if shown.price_list_id != context.price_list_id:
        notes.append(
            f"A tabela de preços mudou em {format_date(price_list.valid_from)}, depois que você abriu esta "
            f"página. Recalculamos tudo com a “{price_list.name}”: confira os valores."
        )
    try:
        fitted, adjustments = fit_selection(selection, price_list)
    except SelectionRefused:
        return selection  # an unknown plan or term: pricing says it at the field
    notes.extend(adjustment.message for adjustment in adjustments)
    return fitted


def _price(
    selection: Selection, price_list: PriceList, errors: dict[str, str]
) -> tuple[Selection, Breakdown]:
    """Price the selection. What is refused is said in `errors` and forgiven, to show the rest."""
    for _ in range(MAX_REFUSALS):
        try:
            return selection, price_quote(selection, price_list)
        except SelectionRefused as refused:
            errors.setdefault(field_name(refused.field), refused.message)
            selection = _forgiven(selection, refused, price_list)
    raise RuntimeError("a selection was refused more often than it has parts")


def field_name(calculator_field: str) -> str:
    """The form's name of a field of the calculator; "" for what belongs to no field of the form."""
    head, _, code = calculator_field.partition(".")
    return PREFIXES[head] + code if code else NAMES.get(head, "")


def _forgiven(selection: Selection, refused: SelectionRefused, price_list: PriceList) -> Selection:
    """The selection without what was refused."""
    head, _, code = refused.field.partition(".")
    if head in FITTED:
        return fit_selection(selection, price_list).selection
    if head == "negotiated_lines" and code:
        amounts = selection.negotiated_lines or {}
        return replace(selection, negotiated_lines={key: amounts[key] for key in amounts if key != code})
    instead: dict[str, Any] = dict.fromkeys(NEGOTIATED)
    instead["plan"] = next(iter(price_list.plans))
    instead["term"] = next(iter(price_list.terms))
    instead["payment_method"] = next(iter(PAYMENT_METHODS))
    if head in instead:
        return replace(selection, **{head: instead[head]})
    raise SelectionRejected(refused)  # arrangement, tier or day: nobody typed these
