"""Reading a price list from its TOML text, all problems at once."""

from collections.abc import Mapping
from types import MappingProxyType

from calculator.catalog_items import (
    DEFAULT_KIND,
    FREE,
    KINDS,
    Addon,
    App,
    Arrangement,
    Plan,
    Price,
    SetupPrice,
    Term,
    Tier,
)
from calculator.money import reais
from calculator.price_list import PriceList
from calculator.price_list_source import PriceListError, Source
from calculator.refusals import quoted
from calculator.toml_lines import Path

_SECTIONS = ("price_list", "terms", "arrangements", "tiers", "plans", "addons", "apps")
_PRICE_KEYS = ("original", "minimum", "cost")
_MAX_MONTHS = 120
_MAX_UNITS = 1_000_000


def parse_price_list(text: str) -> PriceList:
    """The price list in a TOML text of the catalogue format.

    Raises `PriceListError` with every problem found: wrong TOML, missing or unknown keys, money or
    percentages that are none, a minimum above its original, a cost above its minimum, a price without one of
    the terms, a plan, term, app or quantity that is not declared.
    """
    source = Source(text)
    source.table((), keys=_SECTIONS)
    reader = _Reader(source)
    head = ("price_list",)
    source.table(head, keys=("code", "name", "valid_from", "currency"))
    code, name = source.text((*head, "code")), source.text((*head, "name"))
    valid_from, currency = source.day((*head, "valid_from")), source.text((*head, "currency"))
    if currency not in ("BRL", ""):
        source.problem((*head, "currency"), "A moeda precisa ser “BRL”.")
    terms = {code: reader.term(code) for code in reader.terms}
    plans = {code: reader.plan(code) for code in reader.plans}
    addons = {code: reader.addon(code) for code in reader.addons}
    apps = {code: reader.app(code) for code in reader.apps}
    tiers = {code: reader.tier(code) for code in reader.tiers}
    arrangements = {code: reader.arrangement(code) for code in reader.arrangements}
    if source.problems:
        raise PriceListError(source.problems)
    return PriceList(
        code=code,
        name=name,
        valid_from=valid_from,
        currency=currency,
        terms=MappingProxyType(terms),
        plans=MappingProxyType(plans),
        addons=MappingProxyType(addons),
        apps=MappingProxyType(apps),
        tiers=MappingProxyType(tiers),
        arrangements=MappingProxyType(arrangements),
    )


class _Reader:
    """Reads the things of each section; knows the codes of the others."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.terms = source.codes(("terms",), required=True)
        self.plans = source.codes(("plans",), required=True)
        self.addons = source.codes(("addons",), required=False)
        self.apps = source.codes(("apps",), required=False)
        self.tiers = source.codes(("tiers",), required=True)
        self.arrangements = source.codes(("arrangements",), required=True)

    def term(self, code: str) -> Term:
        path = ("terms", code)
        self.source.table(path, keys=("label", "months", "max_card_installments"))
        return Term(
            code,
            self.source.text((*path, "label")),
            self.source.count((*path, "months"), lowest=1, highest=_MAX_MONTHS),
            self.source.count((*path, "max_card_installments"), lowest=1, highest=_MAX_MONTHS),
        )

    def arrangement(self, code: str) -> Arrangement:
        path = ("arrangements", code)
        rates = ("central_fee_percent", "vendor_share_percent")
        self.source.table(path, keys=("label", *rates))
        fee, share = (
            self.source.percent((*path, rate)) if self.source.has((*path, rate)) else None for rate in rates
        )
        if fee is not None and share is not None:
            self.source.problem((*path, rates[1]), f"Use {rates[0]} ou {rates[1]}, não os dois.")
        return Arrangement(code, self.source.text((*path, "label")), fee, share)

    def tier(self, code: str) -> Tier:
        return Tier(code, code.replace("_", " ").capitalize(), self.source.percent(("tiers", code)))

    def plan(self, code: str) -> Plan:
        path = ("plans", code)
        self.source.table(path, keys=("label", "kind", "included", "maximum", *_PRICE_KEYS, "setup"))
        included, maximum = self._quantities(path)
        self._check_addons(code, included, maximum)
        setup = self._setup(path, included) if self.source.has((*path, "setup")) else None
        label, prices = self.source.text((*path, "label")), self._prices(path)
        most = MappingProxyType(maximum)
        return Plan(code, label, MappingProxyType(included), most, prices, setup, self._kind(path))

    def _kind(self, path: Path) -> str:
        """What sort of service a plan is; a list that does not say sells subscriptions only."""
        kind = self.source.text((*path, "kind")) if self.source.has((*path, "kind")) else DEFAULT_KIND
        if kind not in KINDS:
            self.source.problem((*path, "kind"), f"Este tipo não existe. Use: {', '.join(KINDS)}.")
        return kind

    def addon(self, code: str) -> Addon:
        path = ("addons", code)
        prices = {}
        for plan in self.source.table(path):
            if plan == "label":
                continue
            if plan in self.plans:
                self.source.table((*path, plan), keys=_PRICE_KEYS)
                prices[plan] = self._prices((*path, plan))
            else:
                self.source.problem((*path, plan), f"O plano {quoted(plan)} não existe nesta tabela.")
        return Addon(code, self.source.text((*path, "label")), MappingProxyType(prices))

    def app(self, code: str) -> App:
        path = ("apps", code)
        source = self.source
        source.table(path, keys=("label", "plans", "maximum", "requires", "excludes", "free", *_PRICE_KEYS))
        if not source.has((*path, "plans")):
            source.problem((*path, "plans"), "Falta a lista dos planos com que o aplicativo é vendido.")
        free = source.flag((*path, "free"))
        return App(
            code=code,
            label=source.text((*path, "label")),
            plans=source.known_codes((*path, "plans"), self.plans, "O plano"),
            maximum=source.count((*path, "maximum"), lowest=1, highest=_MAX_UNITS),
            requires=self._other_apps(path, "requires"),
            excludes=self._other_apps(path, "excludes"),
            free=free,
            prices=self._free_prices(path) if free else self._prices(path),
        )

    def _other_apps(self, path: Path, key: str) -> tuple[str, ...]:
        others = self.source.known_codes((*path, key), self.apps, "O aplicativo")
        if path[-1] in others:
            self.source.problem((*path, key), "O aplicativo não pode citar a si mesmo.")
        return others

    def _quantities(self, path: Path) -> tuple[dict[str, int], dict[str, int]]:
        """The totals included in a plan and the largest allowed, for the same codes."""
        source = self.source
        included: dict[str, int] = {}
        maximum: dict[str, int] = {}
        wanted = {**source.table((*path, "included")), **source.table((*path, "maximum"))}
        for code in wanted:
            included[code] = source.count((*path, "included", code), lowest=0, highest=_MAX_UNITS)
            maximum[code] = source.count((*path, "maximum", code), lowest=included[code], highest=_MAX_UNITS)
        return included, maximum

    def _check_addons(self, plan: str, included: Mapping[str, int], maximum: Mapping[str, int]) -> None:
        """More units than the included ones need a price; a price needs units to sell."""
        for code, most in maximum.items():
            path: Path = ("plans", plan, "maximum", code)
            if most > included[code] and not self.source.has(("addons", code, plan)):
                self.source.problem(path, f"Falta o preço do adicional {quoted(code)} para este plano.")
        for code in self.addons:
            if self.source.has(("addons", code, plan)) and code not in maximum:
                path = ("addons", code, plan)
                self.source.problem(
                    path, f"Faltam em {quoted(plan)} os totais incluído e máximo deste adicional."
                )

    def _setup(self, path: Path, included: Mapping[str, int]) -> SetupPrice:
        source = self.source
        setup = (*path, "setup")
        source.table(setup, keys=("original", "minimum", "per_extra"))
        original, minimum = source.money((*setup, "original")), source.money((*setup, "minimum"))
        if original is not None and minimum is not None and minimum > original:
            self._too_high((*setup, "minimum"), "O mínimo", minimum, "do original", original)
        per_extra = {}
        for code in source.table((*setup, "per_extra")) if source.has((*setup, "per_extra")) else ():
            per_extra[code] = source.money((*setup, "per_extra", code)) or 0
            if code not in included:
                source.problem((*setup, "per_extra", code), f"O plano não tem a quantidade {quoted(code)}.")
        return SetupPrice(original or 0, minimum or 0, MappingProxyType(per_extra))

    def _prices(self, path: Path) -> Mapping[str, Price]:
        """The prices by term of the thing at a path, each with cost ≤ minimum ≤ original."""
        for key in _PRICE_KEYS:
            self._check_terms((*path, key))
        return MappingProxyType({term: self._price(path, term) for term in self.terms})

    def _check_terms(self, path: Path) -> None:
        for term in self.source.table(path):
            if term not in self.terms:
                self.source.problem((*path, term), f"O prazo {quoted(term)} não existe nesta tabela.")

    def _price(self, path: Path, term: str) -> Price:
        """One price; where the whole row is missing that was said once already."""
        original, minimum, cost = (
            self.source.money((*path, key, term)) if self.source.has((*path, key)) else None
            for key in _PRICE_KEYS
        )
        if original is not None and minimum is not None and minimum > original:
            self._too_high((*path, "minimum", term), "O mínimo", minimum, "do original", original)
        if minimum is not None and cost is not None and cost > minimum:
            self._too_high((*path, "cost", term), "O custo", cost, "do mínimo", minimum)
        return Price(original or 0, minimum or 0, cost or 0)

    def _free_prices(self, path: Path) -> Mapping[str, Price]:
        for key in _PRICE_KEYS:
            if self.source.has((*path, key)):
                self.source.problem(
                    (*path, key), "Aplicativo gratuito não tem preço. Retire o preço ou “free”."
                )
        return MappingProxyType(dict.fromkeys(self.terms, FREE))

    def _too_high(self, path: Path, what: str, amount: int, bound: str, limit: int) -> None:
        self.source.problem(path, f"{what} ({reais(amount)}) está acima {bound} ({reais(limit)}).")
