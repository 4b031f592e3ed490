"""How a call to a customer who owes ends, and what follows. Pure."""

import re
from datetime import date, timedelta

from portal.dunning.rules.sending import is_sending_day
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Refusal

MOST_ATTEMPTS = 3
SATURDAY = 5


class CallOutcome(LabeledEnum):
    """What came of a call."""

    PROMISED = "promised", "Prometeu pagar"
    AGREED = "agreed", "Vai fazer um acordo"
    PAID = "paid", "Pagou durante a ligação"
    TALKED = "talked", "Conversamos, sem combinar dia"
    NO_ANSWER = "no_answer", "Não atendeu"
    WRONG_NUMBER = "wrong_number", "Número errado"


REACHED = frozenset({CallOutcome.PROMISED, CallOutcome.AGREED, CallOutcome.PAID, CallOutcome.TALKED})


class PromiseDayMissing(Refusal):
    """A promise needs its day."""

    def __init__(self) -> None:
        super().__init__(
            "Escreva até que dia o cliente prometeu pagar, de amanhã em diante.", field="until_on"
        )


_GREETING = re.compile(
    r"\s*((?:ol[áa]|oi|al[ôo]|bom dia|boa tarde|boa noite)\b[^.!?\n]*[.!?\n]+"
    r"(?:\s*(?:aqui é|falo de)(?![^.]* sobre )[^,.!?\n]{1,60}\.)?)\s*(?=\S)",
    re.IGNORECASE,
)


def split_greeting(text: str) -> tuple[str, str]:
    """The greeting that a call's text begins with ("" without one), with who calls; and the rest."""
    found = _GREETING.match(text)
    return (found[1].strip(), text[found.end() :]) if found else ("", text)


def next_call_on(today: date) -> date:
    """The day on which somebody who did not answer is called again: the next working one."""
    day = today + timedelta(days=1)
    while not is_sending_day(day) or day.weekday() == SATURDAY:
        day += timedelta(days=1)
    return day
