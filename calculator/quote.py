"""The steps of a quote, in order."""

from calculator.approval import free_down_to, tier_for
from calculator.breakdown import Approval, Breakdown, Line, Monthly, TermTotal
from calculator.installments import payment_method_for, schedule
from calculator.list_prices import list_prices, rate_card_for
from calculator.negotiation import discount_basis_points, negotiate
from calculator.periods import DUE_DAY, day_in_month, month_number
from calculator.price_list import PriceList
from calculator.selection import Selection
from calculator.setup_fee import setup_fee
from calculator.waterfall import arrangement_for, split_price


def price_quote(selection: Selection, price_list: PriceList, *, due_day: int = DUE_DAY) -> Breakdown:
    """Every figure of a quote for this selection under this price list.

    `due_day` is the day of the month on which payments after the first fall due. The first thing found wrong
    is raised as `SelectionRefused`, in this order: plan, term, arrangement, tier, payment method, activation
    year, installments, quantities, apps, negotiated prices, setup fee.
    """
    card = rate_card_for(selection, price_list)
    arrangement = arrangement_for(selection.arrangement, price_list)
    tier = tier_for(selection.tier, price_list)
    method = payment_method_for(selection, card.term)

    prices = list_prices(selection, card, price_list)
    codes, labels, quantities, originals, minimums, costs = prices
    amounts = negotiate(selection, prices)
    lines = map(Line._make, zip(codes, labels, quantities, originals, minimums, amounts, costs, strict=True))
    original, minimum, negotiated, cost = sum(originals), sum(minimums), sum(amounts), sum(costs)

    free_down_to_cents = free_down_to(original, minimum, tier.authority_ppm)
    split = split_price(negotiated, cost, arrangement)
    setup = setup_fee(selection, card.plan, arrangement, tier)
    discount = discount_basis_points(original, negotiated)

    months = card.term.months
    total = negotiated * months
    return Breakdown(
        lines=tuple(lines),
        monthly=Monthly(original, minimum, negotiated, discount, cost, *split),
        approval=Approval(
            negotiated < free_down_to_cents or (setup is not None and bool(setup.approval_required)),
            free_down_to_cents,
        ),
        setup=setup,
        term=TermTotal(card.term.code, months, total),
        payments=schedule(
            on=selection.on,
            months=months,
            total=total,
            setup=0 if setup is None else setup.negotiated_cents,
            installments=selection.installments,
            method=method,
            due_day=due_day,
        ),
        next_term_due_on=day_in_month(month_number(selection.on) + months, due_day),
    )
