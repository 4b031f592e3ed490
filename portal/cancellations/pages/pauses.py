"""What a case says of a pause: the one that would be, and the one that is."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.queries.pauses import find_pause, why_no_pause_of
from portal.cancellations.rules.pauses import LONGEST_PAUSE, months_in_words
from portal.shared.brazil import format_date
from portal.subscriptions.queries.pauses import first_to_resume, plan_pause
from portal.subscriptions.queries.reading import find_subscription

NOT_ACTIVE = "Este contrato ainda não está ativo."


class PausePage(NamedTuple):
    """The pause of a case: its days in words, and when the service would come back before, "" when never."""

    words: str
    back_on: str


def offer_of_pause(session: Session, case: CancellationCase, *, today: date) -> Sequence[str]:
    """What pauses of one month and more would be, a sentence each; or why there is none."""
    subscription = find_subscription(session, case.contract_id)
    if subscription is None:
        return (NOT_ACTIVE,)
    if why := why_no_pause_of(session, case, subscription, today=today):
        return (why,)
    plans = [(months, plan_pause(subscription, months=months)) for months in range(1, LONGEST_PAUSE + 1)]
    return [
        f"{months_in_words(months)}: sem serviço nem cobrança de "
        f"{format_date(plan.paused_from)} a {format_date(plan.paused_until)}; "
        f"a próxima fatura vence em {format_date(plan.next_due_on)}."
        for months, plan in plans
    ]


def pause_of(session: Session, case: CancellationCase, *, today: date) -> PausePage | None:
    """The pause with which the customer of a case stayed."""
    row = find_pause(session, case)
    subscription = find_subscription(session, case.contract_id)
    if row is None or subscription is None:
        return None
    if not row.is_kept:
        return PausePage("A pausa combinada foi desfeita antes de começar.", "")
    days = f"de {format_date(row.paused_from)} a {format_date(row.paused_until)}"
    words = (
        f"Sem serviço nem cobrança {days}. "
        f"A fatura do mês seguinte vence em "
        f"{format_date(subscription.place.period(row.next_number).due_on)}, e o serviço volta sozinho."
    )
    number = first_to_resume(subscription, row, today=today)
    back_on = format_date(subscription.place.period(number).starts_on) if number is not None else ""
    return PausePage(words, back_on)
