"""The payments of the next 12 months."""

from datetime import date

import pytest

from calculator import ForecastPayment, forecast_payments
from tests.calculator.samples import quote


class TestTheForecast:
    def test_of_a_monthly_contract_is_twelve_payments(self) -> None:
        breakdown = quote(payment_method="ted_boleto", setup=True)
        payments = forecast_payments(breakdown, payment_method="ted_boleto", since=date(2026, 6, 1))
        assert len(payments) == 12
        assert payments[0] == ForecastPayment(1, 1, date(2026, 6, 1), "ted", 19990, 49000, date(2026, 7, 31))
        assert payments[1] == ForecastPayment(2, 1, date(2026, 7, 15), "boleto", 19990, 0, date(2026, 8, 31))
        assert payments[-1].due_on == date(2027, 5, 15)
        assert payments[0].total_cents == 19990 + 49000

    def test_of_a_year_paid_at_once_has_the_renewal_where_it_falls(self) -> None:
        breakdown = quote(term="annual", on="2026-06-20", payment_method="card")
        first = forecast_payments(breakdown, payment_method="card", since=date(2026, 6, 20))
        assert [(payment.due_on, payment.amount_cents) for payment in first] == [
            (date(2026, 6, 20), 12 * 15990),
            (date(2027, 6, 15), 12 * 15990),
        ]
        later = forecast_payments(breakdown, payment_method="card", since=date(2026, 6, 21))
        assert [(payment.term, payment.due_on) for payment in later] == [(2, date(2027, 6, 15))]
        assert later[0].covers_until == date(2028, 6, 30)

    def test_of_installments_follows_the_terms_of_half_a_year(self) -> None:
        breakdown = quote(term="semiannual", payment_method="card", installments=4)
        payments = forecast_payments(breakdown, payment_method="card", since=date(2026, 6, 1))
        assert [(payment.term, payment.number, payment.due_on.month) for payment in payments] == [
            (1, 1, 6),
            (1, 2, 7),
            (1, 3, 8),
            (1, 4, 9),
            (2, 1, 12),
            (2, 2, 1),
            (2, 3, 2),
            (2, 4, 3),
        ]
        # Months covered after each part of six: 1, 3, 4, 6.
        assert [payment.covers_until for payment in payments[4:]] == [
            date(2027, 1, 31),
            date(2027, 3, 31),
            date(2027, 4, 30),
            date(2027, 6, 30),
        ]

    @pytest.mark.parametrize("since", [date(2027, 1, 31), date(2030, 6, 15)])
    def test_may_start_any_time_later(self, since: date) -> None:
        payments = forecast_payments(quote(), payment_method="boleto", since=since)
        assert len(payments) == 12
        assert payments[0].due_on >= since

    def test_follows_another_due_day(self) -> None:
        breakdown = quote(on="2026-12-05")
        payments = forecast_payments(
            breakdown, payment_method="boleto", since=date(2026, 12, 1), months=4, due_day=31
        )
        assert [payment.due_on for payment in payments] == [
            date(2026, 12, 5),
            date(2027, 1, 31),
            date(2027, 2, 28),
            date(2027, 3, 31),
        ]
