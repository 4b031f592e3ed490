"""Late fee and late interest."""

from datetime import date
from functools import partial

import pytest

from calculator import LateCharges
from calculator import late_charges as charges_of

DUE = date(2026, 6, 15)
late_charges = partial(charges_of, late_fee_ppm=20_000, monthly_interest_ppm=10_000)


class TestLateCharges:
    @pytest.mark.parametrize("paid_on", [date(2026, 6, 1), DUE])
    def test_are_none_until_the_due_date(self, paid_on: date) -> None:
        assert late_charges(open_cents=10000, due_on=DUE, paid_on=paid_on) == LateCharges(0, 0, 0)

    def test_are_two_percent_at_once_and_one_percent_a_month_by_day(self) -> None:
        # 199.90: 3.998 of fee; a thirtieth of 1.999 a day.
        assert late_charges(open_cents=19990, due_on=DUE, paid_on=date(2026, 6, 16)) == LateCharges(1, 400, 7)
        assert late_charges(open_cents=19990, due_on=DUE, paid_on=date(2026, 7, 15)) == LateCharges(
            30, 400, 200
        )
        assert late_charges(open_cents=19990, due_on=DUE, paid_on=date(2027, 6, 15)) == LateCharges(
            365, 400, 2432
        )

    def test_are_shown_apart_and_added_up(self) -> None:
        charges = late_charges(open_cents=19990, due_on=DUE, paid_on=date(2026, 7, 15))
        assert charges.total_cents == 600

    def test_spare_who_pays_on_the_business_day_after_a_weekend(self) -> None:
        saturday, monday, tuesday = date(2026, 8, 15), date(2026, 8, 17), date(2026, 8, 18)
        on_time = late_charges(open_cents=10000, due_on=saturday, paid_on=monday, payable_until=monday)
        assert on_time.total_cents == 0
        late = late_charges(open_cents=10000, due_on=saturday, paid_on=tuesday, payable_until=monday)
        # Late since Monday: a day of 1 % ÷ 30 is 0.03.
        assert late == LateCharges(1, 200, 3)

    def test_follow_the_settings(self) -> None:
        charges = late_charges(
            open_cents=10000,
            due_on=DUE,
            paid_on=date(2026, 7, 15),
            late_fee_ppm=0,
            monthly_interest_ppm=20_000,
        )
        assert charges == LateCharges(30, 0, 200)

    def test_of_nothing_open_are_nothing(self) -> None:
        assert late_charges(open_cents=0, due_on=DUE, paid_on=date(2026, 7, 15)).total_cents == 0

    def test_are_not_asked_of_a_negative_amount(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            late_charges(open_cents=-1, due_on=DUE, paid_on=DUE)
