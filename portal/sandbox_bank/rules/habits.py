"""How a customer of a demonstration pays by itself, and by what. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.banking.rules.boleto import BoletoState
from portal.sandbox_bank.rules.acts import BankAct
from portal.shared.labels import LabeledEnum

GIVES_UP_BOLETO = timedelta(days=5)  # one that no bank knows by then is paid by Pix


class PayingHabit(LabeledEnum):
    """How a customer pays."""

    ON_TIME = "on_time", "No vencimento"
    LATE = "late", "Com atraso"
    NEVER = "never", "Nunca"
    TWICE = "twice", "Duas vezes"
    OTHER_WAY = "other_way", "Por outro meio (Pix)"
    PARTLY = "partly", "Só a metade (Pix)"


@dataclass(frozen=True, slots=True)
class Payment:
    """What the customer has the bank do: `share` of what is asked for, in so many payments."""

    act: BankAct
    times: int = 1
    halves: int = 2


def payment_on(
    habit: PayingHabit, *, method: str, boleto: BoletoState | None, due_on: date, days_late: int, today: date
) -> Payment | None:
    """What a customer of this habit does about an open invoice on a day; None: nothing yet, or ever.

    A card is charged by its processor, not paid; the customer's boleto waits until the bank knows it.
    """
    if habit is PayingHabit.NEVER or today < due_on + timedelta(days=days_late):
        return None
    if habit is PayingHabit.OTHER_WAY:
        return Payment(BankAct.PIX)
    if method == "card":
        return None
    if habit is PayingHabit.PARTLY:
        return Payment(BankAct.PIX, halves=1)
    act = _usual_act(method, boleto, waits=today < due_on + timedelta(days=days_late) + GIVES_UP_BOLETO)
    return Payment(act, times=2 if habit is PayingHabit.TWICE else 1) if act else None


def amount_of(payment: Payment, asked_cents: int) -> int:
    """What one of its payments brings: all, or the half of it, rounded up."""
    return -(-asked_cents * payment.halves // 2)


def _usual_act(method: str, boleto: BoletoState | None, *, waits: bool) -> BankAct | None:
    if method == "ted":
        return BankAct.TED
    if boleto is BoletoState.REGISTERED:
        return BankAct.BOLETO
    return None if boleto is BoletoState.ISSUED and waits else BankAct.PIX
