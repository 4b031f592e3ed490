"""What sellers put into their quotes: plans, apps and prices as they come in real life."""

from dataclasses import replace
from datetime import date
from enum import Enum
from random import Random

from calculator import PriceList, Selection, SelectionRefused, parse_selection, price_quote

COMMON_APPS = ("nfse", "qr_pix", "precos", "vendas", "boletos", "imagens")


class Negotiation(Enum):
    """How far below Original the price goes."""

    NONE = "none"
    WITHIN_AUTHORITY = "within"
    BEYOND_AUTHORITY = "beyond"


def any_negotiation(random: Random) -> Negotiation:
    """As often as it happens: three in ten not at all, three in ten beyond the authority."""
    return random.choices(list(Negotiation), (3, 4, 3))[0]


def make_selection(
    random: Random, price_list: PriceList, *, tier: str, day: date, negotiation: Negotiation
) -> Selection:
    """A selection that this list takes, negotiated as asked."""
    while True:
        try:
            negotiated = _negotiated(
                random, price_list, _plain(random, price_list, tier=tier, day=day), negotiation
            )
        except SelectionRefused:
            continue  # an app that excludes another: choose again
        if negotiated is not None:
            return negotiated


def _plain(random: Random, price_list: PriceList, *, tier: str, day: date) -> Selection:
    plan = random.choices(("gestao", "mini"), (3, 2))[0]
    term = random.choices(("monthly", "semiannual", "annual"), (5, 2, 3))[0]
    apps = [
        code
        for code in random.sample(COMMON_APPS, random.randrange(0, 4))
        if plan in price_list.apps[code].plans
    ]
    method = random.choice(("boleto", "card", "ted_boleto", "ted_card", "ted"))
    most = price_list.terms[term].max_card_installments if "card" in method else 1
    return parse_selection(
        {
            "on": day.isoformat(),
            "plan": plan,
            "term": term,
            "quantities": {"user": random.randrange(2, 6)} if plan == "gestao" else {},
            "apps": dict.fromkeys(apps, 1),
            "setup": random.random() < 0.5,
            "arrangement": "central_cobranca",
            "tier": tier,
            "payment_method": method,
            "installments": random.randrange(1, most + 1),
        }
    )


def _negotiated(
    random: Random, price_list: PriceList, selection: Selection, negotiation: Negotiation
) -> Selection | None:
    """None when this selection leaves no price beyond the authority."""
    breakdown = price_quote(selection, price_list)
    monthly, free = breakdown.monthly, breakdown.approval.free_down_to_cents
    if negotiation is Negotiation.NONE:
        return selection
    if negotiation is Negotiation.WITHIN_AUTHORITY:
        return replace(selection, negotiated_total=random.randrange(free, monthly.original_cents + 1))
    if free <= monthly.minimum_cents:
        return None
    return replace(selection, negotiated_total=random.randrange(monthly.minimum_cents, free))
