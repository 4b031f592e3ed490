"""The difference of an amendment."""

from datetime import date

from calculator import AmendmentDifference, AmendmentKind, amendment_difference

NEXT_DUE = date(2026, 7, 15)


def _difference(old: int, new: int, signed_on: date, covered_until: date) -> AmendmentDifference:
    return amendment_difference(
        old_monthly_cents=old,
        new_monthly_cents=new,
        signed_on=signed_on,
        covered_until=covered_until,
        next_due_on=NEXT_DUE,
    )


class TestAnUpgrade:
    def test_charges_the_difference_for_the_days_left_of_the_month(self) -> None:
        # From 16/06 to 30/06 is half of June.
        answer = _difference(20000, 26000, date(2026, 6, 16), date(2026, 6, 30))
        assert answer == AmendmentDifference(AmendmentKind.UPGRADE, 6000, 3000, 15, date(2026, 6, 16))

    def test_counts_each_month_by_its_own_days(self) -> None:
        # 15 of June's 30 days and the whole of July: one and a half months.
        assert _difference(20000, 26000, date(2026, 6, 16), date(2026, 7, 31)).charged_now_cents == 9000
        # One of January's 31 days, all of February, one of March's 31: 310.00 × (1 + 2/31) = 330.00.
        assert _difference(0, 31000, date(2027, 1, 31), date(2027, 3, 1)).charged_now_cents == 33000

    def test_is_charged_for_whole_years_without_a_centavo_lost(self) -> None:
        assert _difference(0, 19990, date(2026, 6, 1), date(2028, 5, 31)).charged_now_cents == 24 * 19990

    def test_on_the_last_covered_day_charges_that_day(self) -> None:
        answer = _difference(20000, 23000, date(2026, 6, 30), date(2026, 6, 30))
        assert (answer.charged_now_cents, answer.days_left) == (100, 1)

    def test_charges_nothing_where_no_covered_time_is_left(self) -> None:
        answer = _difference(20000, 26000, date(2026, 7, 1), date(2026, 6, 30))
        assert (answer.charged_now_cents, answer.days_left) == (0, 0)
        assert answer.applies_on == date(2026, 7, 1)


class TestADowngrade:
    def test_applies_on_the_next_due_date_and_gives_nothing_back(self) -> None:
        answer = _difference(26000, 20000, date(2026, 6, 16), date(2026, 7, 31))
        assert answer == AmendmentDifference(AmendmentKind.DOWNGRADE, -6000, 0, 46, NEXT_DUE)


class TestAChangeAtTheSamePrice:
    def test_applies_at_once_for_nothing(self) -> None:
        answer = _difference(20000, 20000, date(2026, 6, 16), date(2026, 7, 31))
        assert answer == AmendmentDifference(AmendmentKind.SAME_PRICE, 0, 0, 46, date(2026, 6, 16))
