"""What changes from one price list to the next."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from calculator.catalog_items import KINDS, Addon, App, Arrangement, Plan, Price, Term
from calculator.periods import in_words
from calculator.price_list import PriceList

type Unit = Literal["money", "percent", "count", "text"]
type Value = int | str

_COLUMNS = (("original_cents", "Original"), ("minimum_cents", "Mínimo"), ("cost_cents", "Custo"))


class Fact(NamedTuple):
    """One value of a price list with its label in Portuguese.

    `value` is centavos for `money`, parts per million for `percent`, a number for `count`, else text.
    """

    label: str
    unit: Unit
    value: Value


class Change(NamedTuple):
    """One value that differs; `before` is `None` where it is new, `after` where it is gone."""

    path: str
    label: str
    unit: Unit
    before: Value | None
    after: Value | None

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def compare_price_lists(old: PriceList, new: PriceList) -> list[Change]:
    """Every value that is added, changed or removed: first in the new list's order, then what is gone."""
    before, after = dict(_facts(old)), dict(_facts(new))
    changes = []
    for path, fact in after.items():
        was = before.get(path)
        if was is None or was.value != fact.value:
            changes.append(Change(path, fact.label, fact.unit, was.value if was else None, fact.value))
    gone = (path for path in before if path not in after)
    return changes + [
        Change(path, before[path].label, before[path].unit, before[path].value, None) for path in gone
    ]


def _facts(price_list: PriceList) -> Iterator[tuple[str, Fact]]:
    """Every value of a price list by its path."""
    yield "price_list.code", Fact("Código da tabela", "text", price_list.code)
    yield "price_list.name", Fact("Nome da tabela", "text", price_list.name)
    yield "price_list.valid_from", Fact("Válida a partir de", "text", in_words(price_list.valid_from))
    terms = price_list.terms
    for term in terms.values():
        yield from _term_facts(term)
    for arrangement in price_list.arrangements.values():
        yield from _arrangement_facts(arrangement)
    for tier in price_list.tiers.values():
        yield f"tiers.{tier.code}", Fact(f"Alçada {tier.label}", "percent", tier.authority_ppm)
    for plan in price_list.plans.values():
        yield from _plan_facts(plan, price_list)
    for addon in price_list.addons.values():
        yield from _addon_facts(addon, price_list)
    for app in price_list.apps.values():
        yield from _app_facts(app, price_list)


def _term_facts(term: Term) -> Iterator[tuple[str, Fact]]:
    path = f"terms.{term.code}"
    yield f"{path}.label", Fact(f"Prazo {term.code}: nome", "text", term.label)
    yield f"{path}.months", Fact(f"{term.label}: meses", "count", term.months)
    most = term.max_card_installments
    yield f"{path}.max_card_installments", Fact(f"{term.label}: máximo de parcelas", "count", most)


def _arrangement_facts(arrangement: Arrangement) -> Iterator[tuple[str, Fact]]:
    path, label = f"arrangements.{arrangement.code}", arrangement.label
    yield f"{path}.label", Fact(f"Modalidade {arrangement.code}: nome", "text", label)
    if arrangement.central_fee_ppm is not None:
        fact = Fact(f"{label}: taxa da central", "percent", arrangement.central_fee_ppm)
        yield f"{path}.central_fee_percent", fact
    if arrangement.vendor_share_ppm is not None:
        fact = Fact(f"{label}: parte do fornecedor", "percent", arrangement.vendor_share_ppm)
        yield f"{path}.vendor_share_percent", fact


def _plan_facts(plan: Plan, price_list: PriceList) -> Iterator[tuple[str, Fact]]:
    path = f"plans.{plan.code}"
    yield f"{path}.label", Fact(f"Plano {plan.code}: nome", "text", plan.label)
    yield f"{path}.kind", Fact(f"{plan.label}: tipo de contrato", "text", KINDS[plan.kind])
    for code, included in plan.included.items():
        what = price_list.addons[code].label if code in price_list.addons else code
        yield f"{path}.included.{code}", Fact(f"{plan.label}, {what}: incluídos", "count", included)
        yield f"{path}.maximum.{code}", Fact(f"{plan.label}, {what}: máximo", "count", plan.maximum[code])
    yield from _price_facts(path, plan.label, plan.prices, price_list.terms)
    if plan.setup is not None:
        setup, label = plan.setup, f"{plan.label}, implantação"
        yield f"{path}.setup.original", Fact(f"{label}: Original", "money", setup.original_cents)
        yield f"{path}.setup.minimum", Fact(f"{label}: Mínimo", "money", setup.minimum_cents)
        for code, cents in setup.per_extra_cents.items():
            what = price_list.addons[code].label if code in price_list.addons else code
            yield f"{path}.setup.per_extra.{code}", Fact(f"{label}, por {what}", "money", cents)


def _addon_facts(addon: Addon, price_list: PriceList) -> Iterator[tuple[str, Fact]]:
    path = f"addons.{addon.code}"
    yield f"{path}.label", Fact(f"Adicional {addon.code}: nome", "text", addon.label)
    for plan, prices in addon.prices.items():
        label = f"{addon.label} no {price_list.plans[plan].label}"
        yield from _price_facts(f"{path}.{plan}", label, prices, price_list.terms)


def _app_facts(app: App, price_list: PriceList) -> Iterator[tuple[str, Fact]]:
    path, label = f"apps.{app.code}", app.label
    yield f"{path}.label", Fact(f"Aplicativo {app.code}: nome", "text", label)
    plans = ", ".join(price_list.plans[code].label for code in app.plans)
    yield f"{path}.plans", Fact(f"{label}: vendido com", "text", plans)
    yield f"{path}.maximum", Fact(f"{label}: máximo", "count", app.maximum)
    yield f"{path}.requires", Fact(f"{label}: exige", "text", _labels(app.requires, price_list.apps))
    yield f"{path}.excludes", Fact(f"{label}: exclui", "text", _labels(app.excludes, price_list.apps))
    yield from _price_facts(path, label, app.prices, price_list.terms)


def _price_facts(
    path: str, label: str, prices: Mapping[str, Price], terms: Mapping[str, Term]
) -> Iterator[tuple[str, Fact]]:
    for attribute, column in _COLUMNS:
        for term in terms.values():
            cents = getattr(prices[term.code], attribute)
            name = f"{path}.{attribute.removesuffix('_cents')}.{term.code}"
            yield name, Fact(f"{label}: {column} {term.label}", "money", cents)


def _labels(codes: tuple[str, ...], apps: Mapping[str, App]) -> str:
    return ", ".join(apps[code].label for code in codes) or "nenhum"
