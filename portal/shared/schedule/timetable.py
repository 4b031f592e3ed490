"""When a job runs, in São Paulo time. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.shared.clock import at_sao_paulo, day_of

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class When:
    """The times of a job: on the days that `falls_on` accepts, at each of `times`."""

    words: str
    falls_on: Callable[[date], bool]
    times: tuple[time, ...]

    def next_after(self, instant: datetime) -> datetime:
        """The first time after an instant, in UTC."""
        day = day_of(instant)
        while True:
            if self.falls_on(day):
                slots = (at_sao_paulo(day, at.hour, at.minute) for at in self.times)
                if later := next((slot for slot in slots if slot > instant), None):
                    return later
            day += timedelta(days=1)

    def __str__(self) -> str:
        return self.words


def every(*, minutes: int) -> When:
    """Every so many minutes of the clock, from midnight; `minutes` divides the day."""
    if minutes < 1 or MINUTES_A_DAY % minutes:
        raise ValueError(f"{minutes} minutes do not divide a day evenly")
    times = tuple(time(*divmod(minute, 60)) for minute in range(0, MINUTES_A_DAY, minutes))
    return When("a cada minuto" if minutes == 1 else f"a cada {minutes} minutos", _any_day, times)


def daily(at: str) -> When:
    """Every day at "HH:MM"."""
    return When(f"todo dia às {at}", _any_day, (time.fromisoformat(at),))


def _any_day(_day: date) -> bool:
    return True
