"""How fast the calculator prices, on one core.

The limit: a Gestão with 3 add-ons and 6 apps at 40,000 quotes a second, or at most 5 times the time of a loop
that only looks up and adds the same integers.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter_ns
from typing import TypedDict

from calculator import PriceList, Selection, parse_price_list, price_quote

CATALOG = Path(__file__).parents[1] / "tests" / "data" / "catalog.toml"
LEAST_PER_SECOND = 40_000
MOST_TIMES_THE_LOOP = 5
CALLS = 200
ROUNDS = 400


class PricingFigures(TypedDict):
    """What was measured: quotes a second, microseconds each, the bare loop's, and whether the limit holds.

    `negotiated_us` and `twelve_payments_us` are the same quote negotiated, and negotiated for a year in
    twelve parts with a setup fee.
    """

    quotes_per_second: int
    quote_us: float
    negotiated_us: float
    twelve_payments_us: float
    loop_us: float
    times_the_loop: float
    least_per_second: int
    most_times_the_loop: int
    holds: bool


def measure_pricing() -> PricingFigures:
    """Price the quote of the limit and two harder ones; the best round counts, as noise only adds."""
    price_list = parse_price_list(CATALOG.read_text(encoding="utf-8"))
    plain = _selection()
    negotiated = _selection(negotiated_total=70_000)
    yearly = _selection(
        term="annual", payment_method="card", installments=12, negotiated_total=60_000, setup=True
    )
    quote_us = _best_us(lambda: price_quote(plain, price_list))
    loop_us = _best_us(_bare_loop(plain, price_list))
    per_second = round(1_000_000 / quote_us)
    return PricingFigures(
        quotes_per_second=per_second,
        quote_us=round(quote_us, 2),
        negotiated_us=round(_best_us(lambda: price_quote(negotiated, price_list)), 2),
        twelve_payments_us=round(_best_us(lambda: price_quote(yearly, price_list)), 2),
        loop_us=round(loop_us, 2),
        times_the_loop=round(quote_us / loop_us, 2),
        least_per_second=LEAST_PER_SECOND,
        most_times_the_loop=MOST_TIMES_THE_LOOP,
        holds=per_second >= LEAST_PER_SECOND or quote_us <= MOST_TIMES_THE_LOOP * loop_us,
    )


def _selection(
    *,
    term: str = "monthly",
    payment_method: str = "boleto",
    installments: int = 1,
    negotiated_total: int | None = None,
    setup: bool = False,
) -> Selection:
    return Selection(
        on=date(2026, 6, 1),
        plan="gestao",
        term=term,
        arrangement="central_cobranca",
        tier="prata",
        payment_method=payment_method,
        installments=installments,
        quantities={"user": 7, "register": 3, "branch": 2},
        apps={"nfse": 1, "imagens": 1, "varejo_digital": 1, "vendas": 2, "tef": 3, "precos": 1},
        negotiated_total=negotiated_total,
        setup=setup,
    )


def _bare_loop(selection: Selection, price_list: PriceList) -> Callable[[], object]:
    """A loop that looks up the prices of the same lines and adds them up, and does nothing else."""
    plan, term = price_list.plans[selection.plan], selection.term
    prices = {"plan": plan.prices[term]}
    prices |= {code: addon.prices[plan.code][term] for code, addon in price_list.addons.items()}
    prices |= {code: app.prices[term] for code, app in price_list.apps.items()}
    extras = {code: total - plan.included[code] for code, total in selection.quantities.items()}
    wanted = {"plan": 1, **extras, **selection.apps}

    def loop() -> tuple[int, int, int]:
        originals = minimums = costs = 0
        for code, count in wanted.items():
            original, minimum, cost = prices[code]
            originals += count * original
            minimums += count * minimum
            costs += count * cost
        return originals, minimums, costs

    return loop


def _best_us(action: Callable[[], object]) -> float:
    """Microseconds of one call in the best of many short rounds: some run undisturbed on a busy machine."""
    best = min(_round_ns(action) for _ in range(ROUNDS))
    return best / CALLS / 1_000


def _round_ns(action: Callable[[], object]) -> int:
    start = perf_counter_ns()
    for _ in range(CALLS):
        action()
    return perf_counter_ns() - start
