"""A due day that changes: what the days between the old and the new one cost."""

from datetime import date
from typing import NamedTuple

from calculator.money import divide_half_up, reais
from calculator.periods import day_in_month, in_words, month_number, next_due_on


class DaysBetween(NamedTuple):
    """The days from an old due date up to, not including, the first new one, as part of a monthly fee."""

    starts_on: date
    next_due_on: date
    days: int
    days_in_month: int
    amount_cents: int
    in_words: str


def days_between(*, monthly_cents: int, starts_on: date, due_day: int, new_due_day: int) -> DaysBetween:
    """What the days from `starts_on`, due on `due_day`, until the next `new_due_day` cost, half up.

    They are part of the billing month that begins on `starts_on`: from there to the day before the next date
    on the old day. `in_words` says so on the invoice.
    """
    until = next_due_on(starts_on, new_due_day)
    whole = (day_in_month(month_number(starts_on) + 1, due_day) - starts_on).days
    days = (until - starts_on).days
    amount = divide_half_up(monthly_cents * days, whole)
    counted = "1 dia" if days == 1 else f"{days} dias"
    words = (
        f"Mudança do vencimento para o dia {new_due_day}: período de {in_words(starts_on)} até o vencimento "
        f"em {in_words(until)}, {counted} de um mês de {whole} dias, sobre a mensalidade de "
        f"{reais(monthly_cents)}."
    )
    return DaysBetween(starts_on, until, days, whole, amount, words)
