"""Mudança de vencimento: the days a contract may fall due on, who may change it when, what follows. Pure.

Nothing that is billed already changes: the new day holds from the first payment that is not. Where periods
run from due date to due date, the days between the old and the new one are a payment of their own.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from calculator import BillingTerms, ChargedLine, DaysBetween, day_in_month, days_between, month_number
from portal.invoices.rules.charges import Charge
from portal.invoices.rules.states import InvoiceKind
from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict, Refusal
from portal.subscriptions.rules import BilledTo, Place

DUE_DAYS = (5, 10, 15, 20, 25)
LEAST_DAYS_AHEAD = 5
"""Nobody gets a due date nearer than this by changing the day."""
SHOWN_PAYMENTS = 3
A_DAY = timedelta(days=1)


class DueDayFacts(NamedTuple):
    """All that decides whether a contract's due day may change today.

    `late_label` is an invoice that could be paid without charges until before today, "" for none;
    `changed_on` the day of the last change, and `again_after` the days from there to another.
    `paused_until` is the last day of the last pause.
    """

    place: Place
    next_number: int
    goes_on: bool
    billed_to: BilledTo
    is_parked: bool
    in_order: bool
    late_label: str
    changed_on: date | None
    again_after: int
    paused_until: date | None = None


class DueDayMove(NamedTuple):
    """What a change does: from payment `number` on the contract's payments stand in `place`.

    `between` are the days that are payment `number` itself, None where periods are whole months; then
    `number` is the first payment due on the new day.
    """

    due_day: int
    number: int
    place: Place
    between: DaysBetween | None

    @property
    def first_number(self) -> int:
        """The first payment that is due on the new day."""
        return self.number + (self.between is not None)

    @property
    def first_due_on(self) -> date:
        """The first due date on the new day."""
        return self.place.period(self.first_number).due_on

    def payments(self) -> Iterator[int]:
        """The numbers of the first payments on the new day that a simulation shows."""
        yield from range(self.first_number, self.first_number + SHOWN_PAYMENTS)


class DueDayBlocked(Conflict):
    """The due day cannot change now; says why, and from when it may."""


class DueDayNotOffered(Refusal):
    """Not a day one may choose, or not today."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="due_day")


class SimulationStale(Conflict):
    """What was shown is not what would be stored any more."""

    def __init__(self) -> None:
        super().__init__(
            "As datas ou os valores mudaram desde a simulação. Confira a nova simulação e confirme de novo."
        )


def why_blocked(facts: DueDayFacts, *, today: date) -> str:
    """Why the due day cannot change today, in words for the customer; "" when it can."""
    late = f"A fatura {facts.late_label} está vencida. Depois de paga, o vencimento pode mudar em seguida."
    reasons = (
        (not facts.goes_on, "Este contrato está terminando: o vencimento não muda mais."),
        (facts.billed_to is BilledTo.PARTNER, "Quem cobra este serviço é o parceiro: peça a ele a mudança."),
        (bool(facts.late_label), late),
        (not facts.in_order, "Há um pagamento em atraso. Depois de acertado, o vencimento pode mudar."),
        (
            facts.paused_until is not None and facts.paused_until >= today,
            "Este contrato está em pausa: o vencimento pode mudar depois dela.",
        ),
        (facts.is_parked, "A cobrança deste contrato está em conferência. Fale com o financeiro."),
    )
    for applies, words in reasons:
        if applies:
            return words
    if facts.changed_on is not None and (next_on := next_change_on(facts)) > today:
        changed = format_date(facts.changed_on)
        return f"O vencimento já mudou em {changed}. Pode mudar de novo a partir de {format_date(next_on)}."
    return ""


def next_change_on(facts: DueDayFacts) -> date:
    """From which day on another change is possible after one."""
    return (facts.changed_on or date.min) + timedelta(days=facts.again_after)


def move_due_day(facts: DueDayFacts, due_day: int, *, monthly_cents: int, today: date) -> DueDayMove:
    """What choosing a due day does; `monthly_cents` is the fee of a month by the price in force then.

    Raises:
        DueDayBlocked: not now, see `why_blocked`.
        DueDayNotOffered: not this day.
    """
    if why := why_blocked(facts, today=today):
        raise DueDayBlocked(why)
    if due_day not in DUE_DAYS:
        raise DueDayNotOffered(f"Escolha um destes dias: {', '.join(map(str, DUE_DAYS))}.")
    if due_day == facts.place.terms.due_day:
        raise DueDayNotOffered(f"O vencimento já é no dia {due_day}.")
    if facts.place.terms.proportional:
        return _moved_periods(facts, due_day, monthly_cents)
    move = _moved_dates(facts, due_day)
    if move.first_due_on < today + timedelta(days=LEAST_DAYS_AHEAD):
        raise DueDayNotOffered(
            f"No dia {due_day}, a próxima fatura venceria em {format_date(move.first_due_on)}, cedo demais. "
            f"Escolha outro dia ou volte depois de emitida a próxima fatura."
        )
    return move


def between_charge(between: DaysBetween, lines: tuple[ChargedLine, ...]) -> Charge:
    """The invoice of the days between, with lines that add up to their amount."""
    return Charge(
        kind=InvoiceKind.BETWEEN,
        lines=lines,
        explanation=f"{between.in_words} Libera o serviço até {format_date(between.next_due_on)}.",
        period=(between.starts_on, between.next_due_on - A_DAY),
        grace_until=between.next_due_on,
    )


def _moved_dates(facts: DueDayFacts, due_day: int) -> DueDayMove:
    """Whole months stay as they are; only the day moves on which they are paid."""
    old, number = facts.place, facts.next_number
    earlier = (*old.earlier, (number, old._replace(earlier=())))
    place = Place(old.terms._replace(due_day=due_day), old.shift, earlier)
    return DueDayMove(due_day, number, place, None)


def _moved_periods(facts: DueDayFacts, due_day: int, monthly_cents: int) -> DueDayMove:
    """Periods run from due date to due date: the days between are paid first, and the terms go on after."""
    old, number = facts.place, facts.next_number
    terms, starts_on = old.terms, old.period(number).starts_on
    between = days_between(
        monthly_cents=monthly_cents, starts_on=starts_on, due_day=terms.due_day, new_due_day=due_day
    )
    months_on = month_number(between.next_due_on) - month_number(starts_on)
    first_due_on = (terms.first_ends_on or terms.starts_on) + A_DAY
    moved = day_in_month(month_number(first_due_on) + months_on, due_day) - A_DAY
    own = BillingTerms(
        starts_on,
        terms.months,
        terms.payments,
        due_day,
        proportional=True,
        first_ends_on=between.next_due_on - A_DAY,
    )
    earlier = (*old.earlier, (number, old._replace(earlier=())), (number + 1, Place(own, -number)))
    place = Place(terms._replace(due_day=due_day, first_ends_on=moved), old.shift - 1, earlier)
    return DueDayMove(due_day, number, place, between)
