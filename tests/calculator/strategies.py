"""Random price lists of the catalogue format, and selections that are sold under them."""

import json
from datetime import date
from typing import Any, NamedTuple

from hypothesis import strategies as st

from calculator import PAYMENT_METHODS, PriceList, parse_price_list

# Made once: what is made while drawing is looked through anew at every draw, longer than the test takes.
CENTS = st.integers(0, 30_000)
TWO_AMOUNTS, THREE_AMOUNTS = st.tuples(CENTS, CENTS), st.tuples(CENTS, CENTS, CENTS)
CODES = st.sampled_from(["mini", "gestao", "user", "a", "B", "x-1", "x_1", "1", "0-0", "_", "ONE", "plan"])
LABELS = st.sampled_from(
    ["Hiper Mini", "Ação nº 1", "\"aspas\" e 'outras'", "[x]", "{}", "a = 1 # b", "\\", "Ω"]
)
PERCENTS = st.integers(0, 1_000_000).map(lambda ppm: f"{ppm // 10_000}.{ppm % 10_000:04d}") | st.sampled_from(
    ["0", "5", "6.74", "12.5", "55.00", "100", "100.00"]
)
SOME_CODES = st.lists(CODES, min_size=1, max_size=3, unique=True)
ADDONS, APPS = st.lists(CODES, max_size=3, unique=True), st.lists(CODES, max_size=5, unique=True)
ARRANGEMENTS = st.lists(CODES, min_size=1, max_size=3)
TIERS = st.dictionaries(CODES, PERCENTS, min_size=1, max_size=3)
RATES = st.sampled_from(["central_fee_percent", "vendor_share_percent", ""])
RELATIONS = st.sampled_from(["requires", "excludes"])
METHODS = st.sampled_from(sorted(PAYMENT_METHODS))
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
MONTHS, INSTALLMENTS = st.integers(1, 36), st.integers(1, 24)
INCLUDED, EXTRA, APP_MAXIMUM = st.integers(0, 3), st.integers(0, 40), st.integers(1, 30)
MAYBE = st.booleans()


class Case(NamedTuple):
    """A price list, the data and the text it was read from, and a selection for it, all as in their files."""

    data: dict[str, Any]
    price_list: PriceList
    selection: dict[str, Any]

    def chosen(self, **changes: object) -> dict[str, Any]:
        """The selection with other fields."""
        return {**self.selection, **changes}


def text_of(cents: int) -> str:
    """An amount as it stands in TOML and JSON."""
    return f"{cents // 100}.{cents % 100:02d}"


@st.composite
def catalogs(draw: st.DrawFn) -> dict[str, Any]:
    """The data of a price list: other plans, terms, tiers, arrangements, add-ons and apps each time."""
    terms, plans = draw(SOME_CODES), draw(SOME_CODES)
    addons, apps = draw(ADDONS), draw(APPS)
    return {
        "price_list": {"code": "c", "name": "n", "currency": "BRL"},
        "terms": {code: _term(draw) for code in terms},
        "arrangements": {code: _arrangement(draw) for code in draw(ARRANGEMENTS)},
        "tiers": draw(TIERS),
        "plans": {code: _plan(draw, addons, terms) for code in plans},
        "addons": {
            code: {"label": draw(LABELS), **{plan: _prices(draw, terms) for plan in plans}} for code in addons
        },
        "apps": {code: _app(draw, code, apps, plans, terms) for code in apps},
    }


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A random price list and a selection it sells, at Original and without a setup fee."""
    data = draw(catalogs())
    plan, term = draw(st.sampled_from(sorted(data["plans"]))), draw(st.sampled_from(sorted(data["terms"])))
    method = draw(METHODS)
    most = data["terms"][term]["max_card_installments"] if "card" in method else 1
    selection = {
        "on": draw(DAYS).isoformat(),
        "plan": plan,
        "term": term,
        "arrangement": draw(st.sampled_from(sorted(data["arrangements"]))),
        "tier": draw(st.sampled_from(sorted(data["tiers"]))),
        "payment_method": method,
        "installments": draw(st.integers(1, most)),
        "quantities": _quantities(draw, data["plans"][plan]),
        "apps": _chosen_apps(draw, data["apps"], plan),
    }
    return Case(data, parse_price_list(toml(data)), selection)


def toml(data: dict[str, Any]) -> str:
    """The data as a TOML text, each thing a table of its own."""
    lines = []
    for section, things in data.items():
        if section in ("price_list", "tiers"):
            lines += [f"[{section}]", *(f"{key} = {_value(value)}" for key, value in things.items())]
            lines += ["valid_from = 2026-06-01"] if section == "price_list" else []
            continue
        for code, thing in things.items():
            lines += [f"[{section}.{code}]", *(f"{key} = {_value(value)}" for key, value in thing.items())]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _term(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "label": draw(LABELS),
        "months": draw(MONTHS),
        "max_card_installments": draw(INSTALLMENTS),
    }


def _arrangement(draw: st.DrawFn) -> dict[str, Any]:
    rate = draw(RATES)
    return {"label": draw(LABELS)} | ({rate: draw(PERCENTS)} if rate else {})


def _prices(draw: st.DrawFn, terms: list[str]) -> dict[str, Any]:
    prices: dict[str, Any] = {"original": {}, "minimum": {}, "cost": {}}
    for term in terms:
        cost, minimum, original = sorted(draw(THREE_AMOUNTS))
        prices["cost"][term] = text_of(cost)
        prices["minimum"][term] = text_of(minimum)
        prices["original"][term] = text_of(original)
    return prices


def _plan(draw: st.DrawFn, addons: list[str], terms: list[str]) -> dict[str, Any]:
    included = {code: draw(INCLUDED) for code in addons}
    maximum = {code: count + draw(EXTRA) for code, count in included.items()}
    minimum, original = sorted(draw(TWO_AMOUNTS))
    extras = {code: text_of(draw(CENTS)) for code in addons if draw(MAYBE)}
    setup = {"original": text_of(original), "minimum": text_of(minimum), "per_extra": extras}
    plan = {"label": draw(LABELS), "included": included, "maximum": maximum, **_prices(draw, terms)}
    return plan | ({"setup": setup} if draw(MAYBE) else {})


def _app(draw: st.DrawFn, code: str, apps: list[str], plans: list[str], terms: list[str]) -> dict[str, Any]:
    others = [other for other in apps if other != code]
    related = draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else []
    kind = draw(RELATIONS)
    app = {
        "label": draw(LABELS),
        "plans": draw(st.lists(st.sampled_from(plans), unique=True)),
        "maximum": draw(APP_MAXIMUM),
        kind: related,
    }
    return app | (_prices(draw, terms) if draw(MAYBE) else {"free": True})


def _quantities(draw: st.DrawFn, plan: dict[str, Any]) -> dict[str, int]:
    codes = draw(st.lists(st.sampled_from(sorted(plan["maximum"])), unique=True)) if plan["maximum"] else []
    return {code: draw(st.integers(plan["included"][code], plan["maximum"][code])) for code in codes}


def _chosen_apps(draw: st.DrawFn, apps: dict[str, Any], plan: str) -> dict[str, int]:
    """Apps sold with the plan, those that get in another's way or miss another left out."""
    chosen: dict[str, int] = {}
    for code in draw(st.permutations(sorted(apps))):
        rivals = {*apps[code].get("excludes", []), *(c for c in apps if code in apps[c].get("excludes", []))}
        if plan in apps[code]["plans"] and not rivals & chosen.keys() and draw(MAYBE):
            chosen[code] = draw(st.integers(1, apps[code]["maximum"]))
    while lacking := [c for c in chosen if not chosen.keys() >= set(apps[c].get("requires", []))]:
        del chosen[lacking[0]]
    return chosen | {code: 0 for code in apps if code not in chosen and draw(MAYBE)}
