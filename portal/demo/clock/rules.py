"""Where the clock is moved to, and at which instants it stops on the way. Pure."""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.shared.clock import SAO_PAULO, at_sao_paulo, day_of
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Refusal
from portal.shared.schedule.timetable import When

LONGEST = timedelta(days=366)
NOON = 12
REGULAR = frozenset(time(hour) for hour in range(0, 24, 3))
FEW = 3  # a job with more times a day than this runs at regular stops instead of at each


class Jump(LabeledEnum):
    """How far somebody moves the clock."""

    DAY = "day", "Um dia"
    EVENT = "event", "Até o próximo evento"
    MONTH = "month", "Um mês"
    DATE = "date", "Até esta data"


class EventKind(LabeledEnum):
    """What the portal does, or waits for, on a day to come."""

    ISSUE = "issue", "emissão de faturas"
    DUE = "due", "vencimento de faturas"
    BANK = "bank", "pagamento ou arquivo de retorno do banco"
    MONTH_END = "month_end", "fim do mês"


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happens on a day to come."""

    on: date
    kind: EventKind


class CannotMove(Refusal):
    """The clock does not go there."""


def next_event(events: Iterable[Event], today: date) -> Event:
    """The first that happens after today; the end of the month at the latest."""
    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    month_end = last if last > today else _month_later(today, day=31)
    return min([*(event for event in events if event.on > today), Event(month_end, EventKind.MONTH_END)])


def target_of(jump: Jump, *, now: datetime, event: Event, chosen: date | None = None) -> datetime:
    """The instant to move to.

    Raises:
        CannotMove: no day was chosen, or one that is past or more than a year away.
    """
    local = now.astimezone(SAO_PAULO)
    match jump:
        case Jump.DAY:
            return now + timedelta(days=1)
        case Jump.EVENT:
            return at_sao_paulo(event.on, NOON)
        case Jump.MONTH:
            return at_sao_paulo(_month_later(local.date(), day=local.day), local.hour, local.minute)
        case Jump.DATE:
            return _at_noon(chosen, now)


def stops(whens: Iterable[When], *, after: datetime, until: datetime) -> Iterator[datetime]:
    """The instants at which something is due on the way, in order, and the end of it.

    A job that runs a few times a day has its own. What runs often runs at each, at most three hours apart.
    """
    all_times = [when.times for when in whens]
    own = {at for times in all_times if len(times) <= FEW for at in times} | {time(NOON)}
    times = sorted(own | REGULAR if any(len(times) > FEW for times in all_times) else own)
    day = day_of(after)
    while day <= day_of(until):
        for at in times:
            instant = at_sao_paulo(day, at.hour, at.minute)
            if after < instant < until:
                yield instant
        day += timedelta(days=1)
    if until > after:
        yield until


def _at_noon(chosen: date | None, now: datetime) -> datetime:
    if chosen is None:
        raise CannotMove("Escolha até que dia o relógio anda.", field="until")
    if chosen <= day_of(now):
        raise CannotMove("Escolha um dia depois de hoje: o relógio só anda para a frente.", field="until")
    if chosen > day_of(now + LONGEST):
        raise CannotMove("Ande no máximo um ano de cada vez.", field="until")
    return at_sao_paulo(chosen, NOON)


def _month_later(day_: date, *, day: int) -> date:
    year, month = divmod(day_.year * 12 + day_.month, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))
