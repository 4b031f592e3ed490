"""What time payment n pays for, when it is due, and until when it releases the service."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calculator import BillingTerms, billing_period, proportional_end

A_DAY = timedelta(days=1)
TERMS = [(months, parts) for months in (1, 6, 12) for parts in range(1, months + 1)]
anchors = st.dates(date(2024, 1, 1), date(2029, 12, 31))


def dates(terms: BillingTerms, *numbers: int) -> list[tuple[date, date, date]]:
    """From, to and grace day of some payments."""
    periods = (billing_period(terms, number) for number in numbers)
    return [(period.starts_on, period.ends_on, period.grace_until) for period in periods]


def within_term(terms: BillingTerms, *numbers: int) -> list[tuple[int, int]]:
    periods = (billing_period(terms, number) for number in numbers)
    return [(period.term, period.payment) for period in periods]


class TestWholeInstallments:
    def test_of_a_month_activated_on_the_first_of_june_go_from_end_to_end_of_month(self) -> None:
        terms = BillingTerms(date(2026, 6, 1), 1)
        assert dates(terms, 1, 2, 3) == [
            (date(2026, 6, 1), date(2026, 7, 31), date(2026, 7, 31)),
            (date(2026, 8, 1), date(2026, 8, 31), date(2026, 8, 31)),
            (date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 30)),
        ]
        due = [billing_period(terms, number).due_on for number in (1, 2, 3, 8)]
        assert due == [date(2026, 6, 1), date(2026, 7, 15), date(2026, 8, 15), date(2027, 1, 15)]
        assert within_term(terms, 1, 2, 13) == [(1, 1), (2, 1), (13, 1)]

    def test_of_six_months_paid_at_once_are_due_again_in_the_last_covered_month(self) -> None:
        terms = BillingTerms(date(2026, 8, 31), 6)
        assert dates(terms, 1, 2) == [
            (date(2026, 8, 31), date(2027, 2, 28), date(2027, 2, 28)),
            (date(2027, 3, 1), date(2027, 8, 31), date(2027, 8, 31)),
        ]
        assert billing_period(terms, 2).due_on == date(2027, 2, 15)
        assert within_term(terms, 1, 2, 3) == [(1, 1), (2, 1), (3, 1)]

    def test_of_a_year_in_three_cover_four_months_each_and_begin_again(self) -> None:
        terms = BillingTerms(date(2026, 6, 10), 12, 3)
        periods = [billing_period(terms, number) for number in (1, 2, 3, 4)]
        assert [period.due_on for period in periods] == [
            date(2026, 6, 10), date(2026, 7, 15), date(2026, 8, 15), date(2027, 6, 15),
        ]  # fmt: skip
        assert [period.ends_on for period in periods] == [
            date(2026, 10, 31), date(2027, 2, 28), date(2027, 6, 30), date(2027, 10, 31),
        ]  # fmt: skip
        assert within_term(terms, 1, 2, 3, 4, 13) == [(1, 1), (1, 2), (1, 3), (2, 1), (5, 1)]

    def test_fall_due_on_the_last_day_of_a_short_month_and_return(self) -> None:
        terms = BillingTerms(date(2027, 1, 31), 1, due_day=31)
        due = [billing_period(terms, number).due_on for number in (1, 2, 3, 4)]
        assert due == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


class TestAProportionalFirstPeriod:
    def test_ends_on_the_14th_and_releases_until_the_15th(self) -> None:
        terms = BillingTerms(date(2026, 6, 1), 1, proportional=True)
        assert dates(terms, 1, 2, 3) == [
            (date(2026, 6, 1), date(2026, 6, 14), date(2026, 6, 15)),
            (date(2026, 6, 15), date(2026, 7, 14), date(2026, 7, 15)),
            (date(2026, 7, 15), date(2026, 8, 14), date(2026, 8, 15)),
        ]
        due = [billing_period(terms, number).due_on for number in (1, 2, 3)]
        assert due == [date(2026, 6, 1), date(2026, 6, 15), date(2026, 7, 15)]
        assert within_term(terms, 1, 2, 3, 13) == [(0, 0), (1, 1), (2, 1), (12, 1)]

    def test_on_a_due_day_is_a_whole_month(self) -> None:
        terms = BillingTerms(date(2026, 6, 15), 1, proportional=True)
        assert dates(terms, 1) == [(date(2026, 6, 15), date(2026, 7, 14), date(2026, 7, 15))]

    def test_comes_before_a_year_in_two_parts(self) -> None:
        terms = BillingTerms(date(2026, 6, 20), 12, 2, proportional=True)
        assert dates(terms, 1, 2, 3, 4) == [
            (date(2026, 6, 20), date(2026, 7, 14), date(2026, 7, 15)),
            (date(2026, 7, 15), date(2027, 1, 14), date(2027, 1, 15)),
            (date(2027, 1, 15), date(2027, 7, 14), date(2027, 7, 15)),
            (date(2027, 7, 15), date(2028, 1, 14), date(2028, 1, 15)),
        ]
        assert [billing_period(terms, number).due_on for number in (2, 3, 4)] == [
            date(2026, 7, 15), date(2026, 8, 15), date(2027, 7, 15),
        ]  # fmt: skip

    def test_with_a_due_day_of_31_follows_the_ends_of_the_months(self) -> None:
        terms = BillingTerms(date(2028, 1, 31), 1, due_day=31, proportional=True)
        assert dates(terms, 1, 2, 3) == [
            (date(2028, 1, 31), date(2028, 2, 28), date(2028, 2, 29)),
            (date(2028, 2, 29), date(2028, 3, 30), date(2028, 3, 31)),
            (date(2028, 3, 31), date(2028, 4, 29), date(2028, 4, 30)),
        ]

    def test_begun_later_than_planned_is_followed_from_where_it_ends(self) -> None:
        ends_on = proportional_end(starts_on=date(2026, 7, 1), paid_days=25, due_day=15)
        assert ends_on == date(2026, 8, 14)
        terms = BillingTerms(date(2026, 7, 1), 1, proportional=True, first_ends_on=ends_on)
        assert dates(terms, 1, 2) == [
            (date(2026, 7, 1), date(2026, 8, 14), date(2026, 8, 15)),
            (date(2026, 8, 15), date(2026, 9, 14), date(2026, 9, 15)),
        ]


class TestTenYears:
    @given(
        starts_on=anchors,
        term=st.sampled_from(TERMS),
        due_day=st.integers(1, 31),
        proportional=st.booleans(),
        late=st.integers(0, 60),
    )
    @example(starts_on=date(2027, 1, 31), term=(1, 1), due_day=31, proportional=False, late=0)
    @example(starts_on=date(2024, 2, 29), term=(12, 12), due_day=29, proportional=True, late=0)
    def test_are_covered_without_overlap_or_gap(
        self, starts_on: date, term: tuple[int, int], due_day: int, proportional: bool, late: int
    ) -> None:
        months, parts = term
        first_ends_on = None
        if proportional and late:
            first_ends_on = proportional_end(starts_on=starts_on, paid_days=late, due_day=due_day)
        terms = BillingTerms(starts_on, months, parts, due_day, proportional, first_ends_on)
        periods = [billing_period(terms, 1)]
        while (periods[-1].ends_on - starts_on).days < 3653:
            periods.append(billing_period(terms, len(periods) + 1))
        assert periods[0].starts_on == periods[0].due_on == starts_on
        for before, after in pairwise(periods):
            assert after.starts_on == before.ends_on + A_DAY
            assert after.ends_on >= after.starts_on
            assert after.due_on <= before.grace_until, "whoever pays on the due day is never without service"
            assert before.grace_until - before.ends_on == (A_DAY if proportional else timedelta())
            assert (after.due_on + A_DAY).day == 1 or after.due_on.day == due_day
        numbered = [(period.term, period.payment) for period in periods]
        assert len(set(numbered)) == len(numbered)
        charged = numbered[1:] if proportional else numbered
        assert charged == [(n // parts + 1, n % parts + 1) for n in range(len(charged))]

    @pytest.mark.parametrize("number", [0, -1])
    def test_know_no_payment_before_the_first(self, number: int) -> None:
        with pytest.raises(ValueError, match="no payment"):
            billing_period(BillingTerms(date(2026, 6, 1), 1), number)


class TestTheLastDayOfAFirstPeriod:
    @pytest.mark.parametrize(
        ("starts_on", "days", "due_day", "ends_on"),
        [
            (date(2026, 6, 1), 14, 15, date(2026, 6, 14)),
            (date(2026, 6, 2), 14, 15, date(2026, 7, 14)),
            (date(2026, 6, 15), 30, 15, date(2026, 7, 14)),
            (date(2027, 1, 31), 28, 31, date(2027, 2, 27)),
            (date(2028, 1, 31), 29, 31, date(2028, 2, 28)),
        ],
    )
    def test_is_the_day_before_a_due_date(
        self, starts_on: date, days: int, due_day: int, ends_on: date
    ) -> None:
        assert proportional_end(starts_on=starts_on, paid_days=days, due_day=due_day) == ends_on
