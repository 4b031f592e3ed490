"""What may be chosen with a plan and term, for the screens that offer it."""

from typing import NamedTuple

from calculator.catalog_items import App, Plan, Price
from calculator.list_prices import rate_card_for
from calculator.payment_methods import CARD_PAYMENT_METHODS
from calculator.price_list import PriceList
from calculator.rate_card import RateCard
from calculator.selection import Selection


class QuantityLimit(NamedTuple):
    """The totals allowed of one quantity, the total chosen, and the price of each unit above the included."""

    code: str
    label: str
    included: int
    maximum: int
    chosen: int
    unit_price: Price


class AppLimit(NamedTuple):
    """One app of the price list, sold with the plan or not.

    `excludes` holds in both directions. `blocked_because` says in Portuguese why it cannot be added to the
    apps already chosen, or `None`; an app that only lacks what it `requires` is not blocked.
    """

    code: str
    label: str
    maximum: int
    chosen: int
    free: bool
    unit_price: Price
    requires: tuple[str, ...]
    excludes: tuple[str, ...]
    blocked_because: str | None


class Limits(NamedTuple):
    """Everything that may be chosen, in the price list's order."""

    quantities: tuple[QuantityLimit, ...]
    apps: tuple[AppLimit, ...]
    max_installments: int


def limits(selection: Selection, price_list: PriceList) -> Limits:
    """What the selection's plan and term allow, given the apps and the payment method chosen.

    Raises `unknown_plan` or `unknown_term`; looks at nothing else that may be wrong with the selection.
    """
    card = rate_card_for(selection, price_list)
    with_card = selection.payment_method in CARD_PAYMENT_METHODS
    return Limits(
        quantities=_quantities(selection, card),
        apps=tuple(_app(app, selection, card.plan, price_list) for app in price_list.apps.values()),
        max_installments=card.term.max_card_installments if with_card else 1,
    )


def _quantities(selection: Selection, card: RateCard) -> tuple[QuantityLimit, ...]:
    return tuple(
        QuantityLimit(
            code=rate.code,
            label=rate.label,
            included=rate.included,
            maximum=rate.maximum,
            chosen=selection.quantities.get(rate.code, rate.included),
            unit_price=Price(rate.original_cents, rate.minimum_cents, rate.cost_cents),
        )
        for rate in card.addons
    )


def _app(app: App, selection: Selection, plan: Plan, price_list: PriceList) -> AppLimit:
    excludes = tuple(code for code in price_list.apps if code in price_list.conflicts[app.code])
    return AppLimit(
        code=app.code,
        label=app.label,
        maximum=app.maximum,
        chosen=selection.apps.get(app.code, 0),
        free=app.free,
        unit_price=app.prices[selection.term],
        requires=app.requires,
        excludes=excludes,
        blocked_because=_blocked_because(app, excludes, selection, plan, price_list),
    )


def _blocked_because(
    app: App, excludes: tuple[str, ...], selection: Selection, plan: Plan, price_list: PriceList
) -> str | None:
    if plan.code not in app.plans:
        return f"Não é vendido com o plano {plan.label}."
    rivals = [price_list.apps[code].label for code in excludes if selection.apps.get(code)]
    return f"Não pode ser contratado junto com {', '.join(rivals)}." if rivals else None
