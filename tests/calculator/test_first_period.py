"""Paying only for the days up to the first due date."""

from datetime import date

import pytest

from calculator import first_period


class TestTheFirstPeriod:
    def test_is_the_days_to_the_next_due_date_of_that_billing_month(self) -> None:
        # From 01/06 to 15/06 is 14 days of the 31 from 15/05 to 15/06: 310.00 × 14 ÷ 31.
        period = first_period(monthly_cents=31000, installed_on=date(2026, 6, 1), due_day=15)
        assert (period.days, period.days_in_month, period.amount_cents) == (14, 31, 14000)
        assert period.due_on == date(2026, 6, 15)

    def test_after_the_due_day_goes_to_the_next_month(self) -> None:
        # From 20/06 to 15/07 is 25 days of the 30 from 15/06 to 15/07.
        period = first_period(monthly_cents=30000, installed_on=date(2026, 6, 20), due_day=15)
        assert (period.days, period.days_in_month, period.amount_cents) == (25, 30, 25000)

    def test_on_the_due_day_is_a_whole_month(self) -> None:
        period = first_period(monthly_cents=19990, installed_on=date(2026, 6, 15), due_day=15)
        assert (period.days, period.days_in_month, period.amount_cents) == (30, 30, 19990)

    def test_on_the_eve_is_one_day(self) -> None:
        period = first_period(monthly_cents=31000, installed_on=date(2026, 6, 14), due_day=15)
        assert (period.days, period.amount_cents) == (1, 1000)
        assert "1 dia de um mês de 31 dias" in period.in_words

    def test_is_rounded_half_up(self) -> None:
        # 15 days of 30 of 0.01 is half a centavo.
        period = first_period(monthly_cents=1, installed_on=date(2026, 6, 30), due_day=15)
        assert (period.days, period.amount_cents) == (15, 1)

    @pytest.mark.parametrize(
        ("installed_on", "due_on", "days", "whole"),
        [
            (date(2027, 2, 10), date(2027, 2, 28), 18, 28),  # from 31/01 to 28/02
            (date(2028, 2, 10), date(2028, 2, 29), 19, 29),
            (date(2027, 2, 28), date(2027, 3, 31), 31, 31),
        ],
    )
    def test_with_a_due_day_of_31_uses_the_last_day_of_a_short_month(
        self, installed_on: date, due_on: date, days: int, whole: int
    ) -> None:
        period = first_period(monthly_cents=10000, installed_on=installed_on, due_day=31)
        assert (period.due_on, period.days, period.days_in_month) == (due_on, days, whole)

    def test_is_said_in_words(self) -> None:
        period = first_period(monthly_cents=31000, installed_on=date(2026, 6, 1), due_day=15)
        assert period.in_words.replace("\N{NO-BREAK SPACE}", " ") == (
            "Período de 01/06/2026 até o vencimento em 15/06/2026: 14 dias de um mês de 31 dias, "
            "sobre a mensalidade de R$ 310,00."
        )
