"""The proportional first period: paying only for the days up to the first due date."""

from datetime import date
from typing import NamedTuple

from calculator.money import divide_half_up, reais
from calculator.periods import day_in_month, in_words, month_number, next_due_on


class FirstPeriod(NamedTuple):
    """The part of a monthly fee from the installation day up to, not including, the first due date."""

    starts_on: date
    due_on: date
    days: int
    days_in_month: int
    amount_cents: int
    in_words: str


def first_period(*, monthly_cents: int, installed_on: date, due_day: int) -> FirstPeriod:
    """The proportional first invoice of a service installed on a day, by the days of that billing month.

    The billing month runs from one due date to the next; the first due date is the next due day after the
    installation. Installed on a due day, the whole month is charged. `in_words` says so on the invoice.
    """
    due_on = next_due_on(installed_on, due_day)
    previous = day_in_month(month_number(due_on) - 1, due_day)
    days, whole = (due_on - installed_on).days, (due_on - previous).days
    amount = divide_half_up(monthly_cents * days, whole)
    counted = "1 dia" if days == 1 else f"{days} dias"
    words = (
        f"Período de {in_words(installed_on)} até o vencimento em {in_words(due_on)}: {counted} "
        f"de um mês de {whole} dias, sobre a mensalidade de {reais(monthly_cents)}."
    )
    return FirstPeriod(installed_on, due_on, days, whole, amount, words)
