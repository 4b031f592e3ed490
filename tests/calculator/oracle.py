"""A second, slow calculator for checking the first: fractions, the raw file, and the rules read once more.

It shares no code with the one it checks and knows only selections that can be sold.
"""

from calendar import monthrange
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

FIRST_METHOD = {"boleto": "boleto", "card": "card", "ted_boleto": "ted", "ted_card": "ted", "ted": "ted"}
LATER_METHOD = {"boleto": "boleto", "card": "card", "ted_boleto": "boleto", "ted_card": "card", "ted": "ted"}
COLUMNS = ("original", "minimum", "cost")


def answer(data: dict[str, Any], selection: dict[str, Any]) -> dict[str, Any]:
    """The breakdown of a selection as JSON, from a price list's raw data."""
    lines = _lines(data, selection)
    original, minimum, cost = (sum((line[column] for line in lines), Fraction()) for column in COLUMNS)
    total = Fraction(selection.get("negotiated_total", original))
    amounts = _spread(total, original, lines)
    arrangement = data["arrangements"][selection["arrangement"]]
    authority = Fraction(data["tiers"][selection["tier"]]) / 100
    free = max(minimum, _up(original * (1 - authority)))
    setup = _setup(data, selection, arrangement)
    setup_low = setup is not None and Fraction(setup["negotiated"]) < max(
        Fraction(setup["minimum"]), _up(Fraction(setup["original"]) * (1 - authority))
    )
    return {
        "lines": [
            {
                "code": line["code"],
                "label": line["label"],
                "quantity": line["quantity"],
                "original": _text(line["original"]),
                "minimum": _text(line["minimum"]),
                "negotiated": _text(amount),
                "cost": _text(line["cost"]),
            }
            for line, amount in zip(lines, amounts, strict=True)
        ],
        "monthly": {
            "original": _text(original),
            "minimum": _text(minimum),
            "negotiated": _text(total),
            "discount_percent": _text(
                _half_up((original - total) / original * 100) if original else Fraction()
            ),
            "cost": _text(cost),
            **_who_gets_what(total, cost, arrangement),
        },
        "approval": {"required": total < free or setup_low, "free_down_to": _text(free)},
        "setup": setup,
        **_payments(data, selection, total, setup),
    }


def _lines(data: dict[str, Any], selection: dict[str, Any]) -> list[dict[str, Any]]:
    plan, term = data["plans"][selection["plan"]], selection["term"]
    lines = [_line(f"plan:{selection['plan']}", plan["label"], 1, plan, term)]
    for code, addon in data["addons"].items():
        included = plan["included"].get(code, 0)
        units = selection.get("quantities", {}).get(code, included) - included
        if units:
            lines.append(_line(f"addon:{code}", addon["label"], units, addon[selection["plan"]], term))
    for code, app in data["apps"].items():
        units = selection.get("apps", {}).get(code, 0)
        if units:
            lines.append(_line(f"app:{code}", app["label"], units, app, term))
    return lines


def _line(code: str, label: str, units: int, priced: dict[str, Any], term: str) -> dict[str, Any]:
    amounts = {column: units * Fraction(priced.get(column, {}).get(term, 0)) for column in COLUMNS}
    return {"code": code, "label": label, "quantity": units, **amounts}


def _spread(total: Fraction, original: Fraction, lines: list[dict[str, Any]]) -> list[Fraction]:
    if total > original:
        base = weights = [line["original"] for line in lines]
    else:
        base = [line["minimum"] for line in lines]
        weights = [line["original"] - line["minimum"] for line in lines]
    rest = total - sum(base)
    if rest == 0:
        return base
    if sum(weights) == 0:
        return [base[0] + rest, *base[1:]]
    exact = [rest * 100 * weight / sum(weights) for weight in weights]
    whole = [floor(share) for share in exact]
    spare = int(rest * 100) - sum(whole)
    for position in sorted(range(len(lines)), key=lambda i: (whole[i] - exact[i], i))[:spare]:
        whole[position] += 1
    return [amount + Fraction(share, 100) for amount, share in zip(base, whole, strict=True)]


def _who_gets_what(price: Fraction, cost: Fraction, arrangement: dict[str, Any]) -> dict[str, str]:
    fee = _half_up(price * Fraction(arrangement.get("central_fee_percent", 0)) / 100)
    share = _half_up(price * Fraction(arrangement.get("vendor_share_percent", 0)) / 100)
    if "central_fee_percent" in arrangement:
        repasse, pays = price - cost - fee, Fraction()
    elif "vendor_share_percent" in arrangement:
        repasse, pays = price - share, Fraction()
    else:
        repasse, pays = Fraction(), cost
    return {
        "central_fee": _text(fee),
        "vendor_share": _text(share),
        "repasse": _text(repasse),
        "partner_pays": _text(pays),
    }


def _setup(
    data: dict[str, Any], selection: dict[str, Any], arrangement: dict[str, Any]
) -> dict[str, str] | None:
    if not selection.get("setup"):
        return None
    plan = data["plans"][selection["plan"]]
    extra = sum(
        (selection["quantities"].get(code, plan["included"][code]) - plan["included"][code]) * Fraction(price)
        for code, price in plan["setup"].get("per_extra", {}).items()
    )
    original = Fraction(plan["setup"]["original"]) + extra
    negotiated = Fraction(selection.get("negotiated_setup", original))
    parts = _who_gets_what(negotiated, Fraction(), arrangement)
    return {
        "original": _text(original),
        "minimum": _text(Fraction(plan["setup"]["minimum"]) + extra),
        "negotiated": _text(negotiated),
        **{key: parts[key] for key in ("central_fee", "vendor_share", "repasse")},
    }


def _payments(
    data: dict[str, Any], selection: dict[str, Any], total: Fraction, setup: dict[str, str] | None
) -> dict[str, Any]:
    months = data["terms"][selection["term"]]["months"]
    on, count = date.fromisoformat(selection["on"]), selection.get("installments", 1)
    cents = int(total * months * 100)
    method = selection["payment_method"]
    return {
        "term": {"code": selection["term"], "months": months, "total": _text(total * months)},
        "payments": [
            {
                "number": number,
                "due_on": str(on if number == 1 else _later(on, number - 1).replace(day=15)),
                "method": (FIRST_METHOD if number == 1 else LATER_METHOD)[method],
                "amount": _text(Fraction(cents // count + (number <= cents % count), 100)),
                "setup": setup["negotiated"] if setup and number == 1 else "0.00",
                "covers_until": str(_month_end(_later(on, floor(Fraction(months * number, count))))),
            }
            for number in range(1, count + 1)
        ],
        "next_term_due_on": str(_later(on, months).replace(day=15)),
    }


def _later(day: date, months: int) -> date:
    """The first day of the month so many months later, one month at a time."""
    day = day.replace(day=1)
    for _ in range(months):
        day = date(day.year + 1, 1, 1) if day.month == 12 else day.replace(month=day.month + 1)
    return day


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _half_up(amount: Fraction) -> Fraction:
    """Rounded to two decimals, a half away from zero."""
    size = Fraction(floor(abs(amount) * 100 + Fraction(1, 2)), 100)
    return size if amount > 0 else -size


def _up(amount: Fraction) -> Fraction:
    return Fraction(ceil(amount * 100), 100)


def _text(amount: Fraction) -> str:
    cents = amount * 100
    assert cents.denominator == 1, amount
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents.numerator) // 100}.{abs(cents.numerator) % 100:02d}"
