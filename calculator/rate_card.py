"""A price list laid out for one plan and one term, so that pricing a selection only looks up and multiplies.

Built once when the list is read. The rows are plain tuples because a quote goes through them on every
keystroke of the quote builder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from calculator.catalog_items import FREE, Addon, App, Plan, Term

type Row = tuple[str, str, int, int, int, int]
"""A line at list price: code, label, units, original, minimum, cost (centavos for all units)."""


class AddonRate(NamedTuple):
    """An add-on of the plan: how many units are included and allowed, and the price of one more."""

    code: str
    line_code: str
    label: str
    included: int
    maximum: int
    original_cents: int
    minimum_cents: int
    cost_cents: int


class AppRate(NamedTuple):
    """An app sold with the plan.

    `position` is its place in the price list; `requires` and `conflicts` are codes of other apps.
    """

    position: int
    code: str
    requires: tuple[str, ...]
    conflicts: frozenset[str]
    line_code: str
    label: str
    maximum: int
    original_cents: int
    minimum_cents: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class RateCard:
    """Everything one plan costs in one term."""

    plan: Plan
    term: Term
    plan_row: Row
    addons: tuple[AddonRate, ...]
    addon_codes: frozenset[str]
    apps: Mapping[str, AppRate]


def rate_card(
    plan: Plan,
    term: Term,
    addons: Mapping[str, Addon],
    apps: Mapping[str, App],
    conflicts: Mapping[str, frozenset[str]],
) -> RateCard:
    """The rate card of one plan and term, add-ons and apps in the price list's order."""
    addon_rates = tuple(
        _addon_rate(code, addons.get(code), plan, term) for code in _quantity_codes(plan, addons)
    )
    return RateCard(
        plan=plan,
        term=term,
        plan_row=(f"plan:{plan.code}", plan.label, 1, *plan.prices[term.code]),
        addons=addon_rates,
        addon_codes=frozenset(rate.code for rate in addon_rates),
        apps={
            app.code: _app_rate(position, app, term, conflicts[app.code])
            for position, app in enumerate(apps.values())
            if plan.code in app.plans
        },
    )


def _quantity_codes(plan: Plan, addons: Mapping[str, Addon]) -> list[str]:
    """The list's add-ons in order, then what the plan includes without ever selling more of it."""
    return [*addons, *(code for code in plan.maximum if code not in addons)]


def _addon_rate(code: str, addon: Addon | None, plan: Plan, term: Term) -> AddonRate:
    prices = addon.prices.get(plan.code) if addon else None
    return AddonRate(
        code,
        f"addon:{code}",
        addon.label if addon else code,
        plan.included.get(code, 0),
        plan.maximum.get(code, 0),
        *(prices[term.code] if prices else FREE),
    )


def _app_rate(position: int, app: App, term: Term, conflicts: frozenset[str]) -> AppRate:
    return AppRate(
        position,
        app.code,
        app.requires,
        conflicts,
        f"app:{app.code}",
        app.label,
        app.maximum,
        *app.prices[term.code],
    )
