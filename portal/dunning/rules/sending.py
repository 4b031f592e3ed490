"""When reminders leave, who is left out of a run and why. Pure."""

from datetime import date, datetime, timedelta

from portal.shared.brazil import is_holiday
from portal.shared.clock import SAO_PAULO, at_sao_paulo, day_of
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

PREPARE, RELEASE = "prepare-dunning", "release-dunning"
MAIL = "dunning_reminder"
SATURDAY = 5
A_WEEK = 7
MOST_A_WEEK = 3
FIRST_HOUR, LAST_HOUR, LAST_HOUR_SATURDAY = 8, 20, 14


class RunState(LabeledEnum):
    """How far a day's run is."""

    PREPARED = "prepared", "Preparada"
    RELEASED = "released", "Liberada"
    DROPPED = "dropped", "Descartada"


class LeftOut(LabeledEnum):
    """Why a reminder of a run is not sent, in the order in which it is asked."""

    SETTLING = "settling", "Boleto pago, em compensação"
    HELD = "held", "Cobrança em espera"
    PROMISED = "promised", "Prometeu pagar"
    OPTED_OUT = "opted_out", "Não quer lembretes por e-mail"
    NO_ADDRESS = "no_address", "Sem e-mail no cadastro"
    WEEKLY = "weekly", "Já recebeu três na semana"
    DAILY = "daily", "Recebe outra mensagem hoje"


class HoldKind(LabeledEnum):
    """Why somebody is not reminded for some time, or ever."""

    HOLD = "hold", "Em espera"
    PROMISE = "promise", "Prometeu pagar"
    OPT_OUT = "opt_out", "Não quer lembretes por e-mail"


class RunGone(Conflict):
    """Somebody released or dropped the run before."""

    def __init__(self) -> None:
        super().__init__("Esta régua do dia já foi liberada ou descartada.")


class NotToday(Conflict):
    """No run is prepared now; the words say why."""


class NothingHeld(Conflict):
    """The hold was lifted before."""

    def __init__(self) -> None:
        super().__init__("Esta espera já foi encerrada.")


class DayMissing(Refusal):
    """A promise needs a day that is to come."""

    def __init__(self) -> None:
        super().__init__("Escreva até que dia, de amanhã em diante.", field="until_on")


def is_sending_day(day: date) -> bool:
    """Whether reminders leave on a day: on Saturdays too, never on a Sunday or national holiday."""
    return day.weekday() <= SATURDAY and not is_holiday(day)


def is_sending_hour(day: date, hour: int) -> bool:
    """Whether a reminder may reach somebody in an hour of a day: 8 to 20, on Saturdays to 14."""
    last = LAST_HOUR_SATURDAY if day.weekday() == SATURDAY else LAST_HOUR
    return is_sending_day(day) and FIRST_HOUR <= hour < last


def sending_time_from(now: datetime) -> datetime:
    """The first instant at which a reminder may reach somebody, from one on; that one in a sending hour."""
    day = day_of(now)
    if is_sending_hour(day, now.astimezone(SAO_PAULO).hour):
        return now
    begins = at_sao_paulo(day, FIRST_HOUR)
    if is_sending_day(day) and now < begins:
        return begins
    return at_sao_paulo(sending_day_from(day + timedelta(days=1)), FIRST_HOUR)


def sending_day_from(day: date) -> date:
    """The first day on which reminders leave, from a day on."""
    while not is_sending_day(day):
        day += timedelta(days=1)
    return day
