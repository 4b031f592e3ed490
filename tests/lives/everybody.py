"""One life for every plan, term, way of paying and arrangement; first days and habits are dealt out."""

import random
from collections.abc import Sequence
from datetime import date
from itertools import product

from tests.lives.acts import Sale
from tests.lives.habits import Habit, Life

FIRST_DAYS = tuple(
    date(2026, month, day)
    for month, day in ((6, 1), (6, 14), (6, 15), (6, 16), (6, 28), (6, 29), (6, 30), (7, 31))
)
PLANS, TERMS = ("mini", "gestao", "mentoria"), {"monthly": 1, "semiannual": 6, "annual": 12}
METHODS = ("boleto", "card", "ted_boleto", "ted_card", "ted")
ARRANGEMENTS = ("central_cobranca", "central_leads", "hiperador")
DEAL = 5
"""How the cards are shuffled: so that every two choices meet in some life, which a test counts."""


def everybody() -> list[Life]:
    """The lives, 135 of them; the same each time."""
    sales = [
        Sale(
            plan=plan,
            term=term,
            method=method,
            arrangement=arrangement,
            installments=TERMS[term] if (method, arrangement) == ("card", "central_cobranca") else 1,
        )
        for plan, term, method, arrangement in product(PLANS, TERMS, METHODS, ARRANGEMENTS)
    ]
    dealt = _dealt(len(sales))
    return [Life(on=on, sale=sale, habit=habit) for sale, (on, habit) in zip(sales, dealt, strict=True)]


def _dealt(count: int) -> Sequence[tuple[date, Habit]]:
    """A first day and a habit each; all pairs of them equally often, give or take one."""
    pairs = list(product(FIRST_DAYS, Habit))
    several = [pair for _ in range(-(-count // len(pairs))) for pair in pairs]
    random.Random(DEAL).shuffle(several)  # noqa: S311 - no secret
    return several[:count]
