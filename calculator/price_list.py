"""A price list: what is sold, at which prices and on which conditions, from a first day on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from calculator.catalog_items import Addon, App, Arrangement, Plan, Term, Tier
from calculator.rate_card import RateCard, rate_card


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price list as read from its file by `parse_price_list`; never changes.

    All mappings go from code to value, in the file's order. `rate_cards`, by plan and term code, is the same
    list laid out for pricing.
    """

    code: str
    name: str
    valid_from: date
    currency: str
    terms: Mapping[str, Term]
    plans: Mapping[str, Plan]
    addons: Mapping[str, Addon]
    apps: Mapping[str, App]
    tiers: Mapping[str, Tier]
    arrangements: Mapping[str, Arrangement]
    rate_cards: Mapping[tuple[str, str], RateCard] = field(init=False, repr=False, compare=False)
    conflicts: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    """The apps each app cannot stand beside: an exclusion holds in both directions whoever declares it."""

    def __post_init__(self) -> None:
        conflicts = _conflicts(self.apps)
        cards = {
            (plan.code, term.code): rate_card(plan, term, self.addons, self.apps, conflicts)
            for plan in self.plans.values()
            for term in self.terms.values()
        }
        object.__setattr__(self, "rate_cards", MappingProxyType(cards))
        object.__setattr__(self, "conflicts", MappingProxyType(conflicts))


def _conflicts(apps: Mapping[str, App]) -> dict[str, frozenset[str]]:
    return {
        code: frozenset(app.excludes) | {other.code for other in apps.values() if code in other.excludes}
        for code, app in apps.items()
    }
