"""When jobs run: on the clock of São Paulo."""

from datetime import UTC, datetime

import pytest

from portal.shared.clock import SAO_PAULO
from portal.shared.schedule import When, daily, every


def sao_paulo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO)


class TestTheNextTime:
    @pytest.mark.parametrize(
        ("when", "after", "expected"),
        [
            (daily("03:30"), "2026-07-15T03:29", "2026-07-15T03:30"),
            (daily("03:30"), "2026-07-15T03:30", "2026-07-16T03:30"),
            (daily("23:45"), "2026-07-31T23:50", "2026-08-01T23:45"),
            (every(minutes=15), "2026-07-15T09:14", "2026-07-15T09:15"),
            (every(minutes=15), "2026-07-15T23:45", "2026-07-16T00:00"),
        ],
        ids=str,
    )
    def test_follows_the_given_one(self, when: When, after: str, expected: str) -> None:
        assert when.next_after(sao_paulo(after)) == sao_paulo(expected)

    def test_is_that_of_sao_paulo_when_utc_is_a_day_ahead(self) -> None:
        late_evening = datetime(2026, 7, 16, 1, 0, tzinfo=UTC)  # 22:00 of the 15th in São Paulo
        assert daily("23:00").next_after(late_evening) == datetime(2026, 7, 16, 2, 0, tzinfo=UTC)


class TestAPaceThatNoDayHolds:
    def test_is_refused(self) -> None:
        with pytest.raises(ValueError, match="do not divide a day"):
            every(minutes=7)
