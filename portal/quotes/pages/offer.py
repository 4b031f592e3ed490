"""What can be chosen: add-ons, terms, apps, setup fee and installments, as texts."""

from collections.abc import Sequence
from typing import NamedTuple

from calculator import (
    CARD_PAYMENT_METHODS,
    PriceList,
    QuantityLimit,
    TermSaving,
    equal_parts,
    limits,
    term_savings,
)
from portal.quotes.forms.builder_quote import PricedForm
from portal.shared.brazil import format_money, format_money_input

FREE = "grátis"
QUANTITY_WORDS = {
    "user": ("Usuários", "incluído", "incluídos"),
    "register": ("Caixas", "incluído", "incluídos"),
    "branch": ("Filiais", "incluída", "incluídas"),
}


INCLUDED_WORDS = {
    "user": ("usuário", "usuários"),
    "register": ("caixa", "caixas"),
    "branch": ("filial", "filiais"),
}


class PlanCard(NamedTuple):
    """One plan to choose; `price` is the lowest monthly Original of its terms."""

    code: str
    label: str
    includes: str
    price: str


class Quantity(NamedTuple):
    """One add-on's field: the total wanted."""

    code: str
    label: str
    value: str
    included: int
    maximum: int
    help: str
    price: str
    error: str


class TermCard(NamedTuple):
    """What one term costs at Original, beside the others."""

    code: str
    label: str
    price: str
    total: str
    saving: str


class Chip(NamedTuple):
    """One app that is chosen."""

    code: str
    label: str
    price: str


class AppRow(NamedTuple):
    """One app of the price list. `units` is what stands in its field, `barred` why it is not sold."""

    code: str
    label: str
    price: str
    note: str
    maximum: int
    units: str
    barred: str


class Setup(NamedTuple):
    """The setup fee, when it is charged."""

    original: str
    minimum: str
    value: str
    error: str


def plan_cards(price_list: PriceList) -> list[PlanCard]:
    """The plans of a list, in its order."""
    return [
        PlanCard(
            plan.code,
            plan.label,
            "inclui " + ", ".join(_included(code, count) for code, count in plan.included.items()),
            format_money(min(price.original_cents for price in plan.prices.values())),
        )
        for plan in price_list.plans.values()
    ]


def _included(code: str, count: int) -> str:
    one, many = INCLUDED_WORDS.get(code, (code, code))
    return f"{count} {one if count == 1 else many}"


def quantities(priced: PricedForm) -> list[Quantity]:
    """The fields of the add-ons, with what was typed where it is wrong."""
    typed, errors = priced.typed.quantities, priced.errors
    return [
        Quantity(
            code=limit.code,
            label=QUANTITY_WORDS.get(limit.code, (limit.label, "", ""))[0],
            value=typed.get(limit.code, "") if f"quantity_{limit.code}" in errors else str(limit.chosen),
            included=limit.included,
            maximum=limit.maximum,
            help=_quantity_help(limit),
            price=f"+ {format_money(limit.unit_price.original_cents)} cada",
            error=errors.get(f"quantity_{limit.code}", ""),
        )
        for limit in limits(priced.selection, priced.context.price_list).quantities
    ]


def _quantity_help(limit: QuantityLimit) -> str:
    _, one, many = QUANTITY_WORDS.get(limit.code, ("", "incluído", "incluídos"))
    included = f"{limit.included} {one if limit.included == 1 else many}"
    return (
        f"{included} · máx. {limit.maximum}"
        if limit.maximum > limit.included
        else f"{included}, sem adicionais"
    )


def terms(priced: PricedForm) -> list[TermCard]:
    """The terms side by side, and what the customer saves."""
    return [_term_card(saving) for saving in term_savings(priced.selection, priced.context.price_list)]


def _term_card(saving: TermSaving) -> TermCard:
    term = saving.term
    total = (
        f"{format_money(saving.term_total_cents)} em {term.months} meses" if term.months > 1 else "mês a mês"
    )
    saved = saving.saved_in_term_cents
    text = ""
    if saved > 0:
        percent = format_money_input(saving.saved_basis_points)
        text = f"economiza {format_money(saved)} ({percent}\N{NO-BREAK SPACE}%)"
    elif saved < 0:
        text = f"{format_money(-saved)} a mais no prazo"
    return TermCard(term.code, term.label, format_money(saving.monthly_cents), total, text)


def chips(priced: PricedForm) -> list[Chip]:
    """The apps chosen, with their price for all units."""
    return [
        Chip(
            line.code[len("app:") :],
            line.label if line.quantity == 1 else f"{line.label} × {line.quantity}",
            format_money(line.original_cents) if line.original_cents else FREE,
        )
        for line in priced.breakdown.lines
        if line.code.startswith("app:")
    ]


def app_rows(priced: PricedForm) -> list[AppRow]:
    """Every app of the list with its price in the chosen term; those sold with the plan first."""
    price_list = priced.context.price_list
    plan = price_list.plans[priced.selection.plan]
    rows = [
        AppRow(
            code=limit.code,
            label=limit.label,
            price=FREE if limit.free else format_money(limit.unit_price.original_cents),
            note=_app_note(limit.requires, limit.excludes, limit.maximum, price_list),
            maximum=limit.maximum,
            units=priced.typed.apps.get(limit.code, "") if priced.errors else str(limit.chosen or ""),
            barred=""
            if plan.code in price_list.apps[limit.code].plans
            else f"só no {_sold_with(limit.code, price_list)}",
        )
        for limit in limits(priced.selection, price_list).apps
    ]
    return sorted(rows, key=lambda row: bool(row.barred))


def _sold_with(code: str, price_list: PriceList) -> str:
    return " ou ".join(price_list.plans[plan].label for plan in price_list.apps[code].plans)


def _app_note(requires: Sequence[str], excludes: Sequence[str], maximum: int, price_list: PriceList) -> str:
    notes = []
    if requires:
        notes.append("precisa de " + ", ".join(price_list.apps[code].label for code in requires))
    if excludes:
        notes.append("não combina com " + ", ".join(price_list.apps[code].label for code in excludes))
    if maximum > 1:
        notes.append(f"até {maximum}, preço por unidade")
    return " · ".join(notes)


def setup(priced: PricedForm) -> Setup | None:
    """The setup fee, None when it is not charged."""
    fee = priced.breakdown.setup
    if fee is None:
        return None
    typed = priced.typed.texts.get("setup_value") if priced.errors else None
    return Setup(
        format_money(fee.original_cents),
        format_money(fee.minimum_cents),
        format_money_input(fee.negotiated_cents) if typed is None else typed,
        priced.errors.get("setup_value", ""),
    )


def installments(priced: PricedForm) -> list[tuple[int, str]]:
    """Numbers of parts to choose from with what each part is; none without a card."""
    selection = priced.selection
    if selection.payment_method not in CARD_PAYMENT_METHODS:
        return []
    total = priced.breakdown.term.total_cents
    most = priced.context.price_list.terms[selection.term].max_card_installments
    return [
        (count, "à vista" if count == 1 else f"{count} × {format_money(equal_parts(total, count)[0])}")
        for count in range(1, most + 1)
    ]
