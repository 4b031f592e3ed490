"""The frozen payments counted again from the day a contract really became active."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculator import next_payment_due_on, price_quote, redate_payments
from tests.calculator.samples import chosen, demo, quote


class TestRedatedPayments:
    def test_release_a_monthly_contract_of_the_first_of_june_until_the_end_of_july(self) -> None:
        (payment,) = redate_payments(quote(on="2026-05-20"), starts_on=date(2026, 6, 1))
        assert (payment.due_on, payment.covers_until) == (date(2026, 6, 1), date(2026, 7, 31))

    @pytest.mark.parametrize(
        ("starts_on", "covers_until"),
        [
            (date(2027, 1, 31), date(2027, 2, 28)),
            (date(2028, 1, 31), date(2028, 2, 29)),
            (date(2028, 2, 29), date(2028, 3, 31)),
            (date(2026, 12, 31), date(2027, 1, 31)),
        ],
    )
    def test_of_a_monthly_contract_cover_to_the_end_of_the_month_after(
        self, starts_on: date, covers_until: date
    ) -> None:
        (payment,) = redate_payments(quote(), starts_on=starts_on)
        assert payment.covers_until == covers_until

    def test_of_a_year_in_three_keep_their_amounts_and_move_their_dates(self) -> None:
        breakdown = quote(term="annual", payment_method="card", installments=3, setup=True)
        moved = redate_payments(breakdown, starts_on=date(2026, 12, 20))
        assert [(each.due_on, each.covers_until) for each in moved] == [
            (date(2026, 12, 20), date(2027, 4, 30)),
            (date(2027, 1, 15), date(2027, 8, 31)),
            (date(2027, 2, 15), date(2027, 12, 31)),
        ]
        assert [each.total_cents for each in moved] == [each.total_cents for each in breakdown.payments]

    def test_fall_due_on_another_due_day_where_the_settings_say_so(self) -> None:
        breakdown = quote(term="annual", payment_method="card", installments=3)
        moved = redate_payments(breakdown, starts_on=date(2027, 1, 10), due_day=31)
        assert [each.due_on for each in moved] == [date(2027, 1, 10), date(2027, 2, 28), date(2027, 3, 31)]

    @given(
        starts_on=st.dates(date(2000, 1, 1), date(2200, 12, 31)),
        term=st.sampled_from([("monthly", 1), ("semiannual", 3), ("annual", 12)]),
    )
    def test_are_what_a_quote_for_that_day_would_have_had(
        self, starts_on: date, term: tuple[str, int]
    ) -> None:
        changes = {"term": term[0], "payment_method": "card", "installments": term[1]}
        afresh = price_quote(chosen(on=starts_on.isoformat(), **changes), demo())
        assert redate_payments(quote(**changes), starts_on=starts_on) == afresh.payments
        if term[1] == 1:
            assert next_payment_due_on(quote(**changes), starts_on=starts_on) == afresh.next_term_due_on


class TestTheNextPayment:
    def test_of_a_monthly_contract_of_the_first_of_june_is_due_on_the_fifteenth_of_july(self) -> None:
        assert next_payment_due_on(quote(), starts_on=date(2026, 6, 1)) == date(2026, 7, 15)

    def test_of_a_year_in_parts_is_the_second_part(self) -> None:
        breakdown = quote(term="annual", payment_method="card", installments=3)
        assert next_payment_due_on(breakdown, starts_on=date(2026, 6, 1)) == date(2026, 7, 15)

    def test_of_a_year_paid_at_once_is_a_year_later(self) -> None:
        assert next_payment_due_on(quote(term="annual"), starts_on=date(2026, 6, 1)) == date(2027, 6, 15)
