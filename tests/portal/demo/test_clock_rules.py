"""Where the clock goes, and where it stops on the way."""

from datetime import UTC, date, datetime

import pytest

from portal.demo.clock.rules import CannotMove, Event, EventKind, Jump, next_event, stops, target_of
from portal.shared.schedule.timetable import daily, every

# 14:30 of 30/01/2026 in São Paulo, which is three hours behind.
FRIDAY = datetime(2026, 1, 30, 17, 30, tzinfo=UTC)
MONTH_END = Event(date(2026, 1, 31), EventKind.MONTH_END)


class TestTheNextEvent:
    def test_is_the_end_of_the_month_when_nothing_comes_before(self) -> None:
        assert next_event([], date(2026, 2, 3)) == Event(date(2026, 2, 28), EventKind.MONTH_END)

    def test_is_the_end_of_the_next_month_on_the_last_day_of_one(self) -> None:
        assert next_event([], date(2026, 1, 31)) == Event(date(2026, 2, 28), EventKind.MONTH_END)
        assert next_event([], date(2026, 12, 31)) == Event(date(2027, 1, 31), EventKind.MONTH_END)

    def test_is_the_first_after_today(self) -> None:
        due = Event(date(2026, 2, 15), EventKind.DUE)
        past = Event(date(2026, 2, 3), EventKind.ISSUE)
        assert next_event([due, past], date(2026, 2, 3)) == due


class TestTheTarget:
    def test_of_a_day_and_a_month_keeps_the_hour(self) -> None:
        assert target_of(Jump.DAY, now=FRIDAY, event=MONTH_END) == datetime(2026, 1, 31, 17, 30, tzinfo=UTC)
        assert target_of(Jump.MONTH, now=FRIDAY, event=MONTH_END) == datetime(2026, 2, 28, 17, 30, tzinfo=UTC)

    def test_of_an_event_and_a_date_is_their_noon(self) -> None:
        assert target_of(Jump.EVENT, now=FRIDAY, event=MONTH_END) == datetime(2026, 1, 31, 15, tzinfo=UTC)
        chosen = target_of(Jump.DATE, now=FRIDAY, event=MONTH_END, chosen=date(2026, 3, 1))
        assert chosen == datetime(2026, 3, 1, 15, tzinfo=UTC)

    @pytest.mark.parametrize("chosen", [None, date(2026, 1, 30), date(2025, 1, 1), date(2027, 2, 1)])
    def test_is_no_day_that_is_missing_past_or_far_away(self, chosen: date | None) -> None:
        with pytest.raises(CannotMove) as refused:
            target_of(Jump.DATE, now=FRIDAY, event=MONTH_END, chosen=chosen)
        assert refused.value.field == "until"


class TestTheStops:
    def test_are_every_third_hour_and_every_daily_job_in_order_and_the_end(self) -> None:
        until = datetime(2026, 1, 30, 23, 10, tzinfo=UTC)
        found = list(stops([daily("15:20"), every(minutes=5)], after=FRIDAY, until=until))
        # 15:00, 15:20, 18:00 in São Paulo, and 20:10
        assert [f"{at:%H:%M}" for at in found] == ["18:00", "18:20", "21:00", "23:10"]

    def test_of_a_day_are_each_there_once(self) -> None:
        until = datetime(2026, 1, 31, 17, 30, tzinfo=UTC)
        found = list(stops([daily("00:05"), every(minutes=30)], after=FRIDAY, until=until))
        assert len(found) == 10 == len(set(found))  # eight hours, 00:05 and the end
        assert found == sorted(found)

    def test_are_none_where_nothing_is_ahead(self) -> None:
        assert list(stops([], after=FRIDAY, until=FRIDAY)) == []
