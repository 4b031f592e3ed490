"""A customer pauses instead of leaving, and may come back before the pause is over."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cancellations import notifications
from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.locking import locked_closed_case
from portal.cancellations.queries.pauses import find_pause, why_no_pause_of
from portal.cancellations.rules.pauses import LONGEST_PAUSE, CannotPause, PauseOver
from portal.contracts.operations.locking import require_writer
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.subscriptions.models import SubscriptionPause
from portal.subscriptions.operations import pausing
from portal.subscriptions.queries.pauses import first_to_resume
from portal.subscriptions.queries.reading import find_subscription


def check_pause(session: Session, case: CancellationCase, months: int, *, now: datetime) -> None:
    """Raise `CannotPause` unless the customer of a case may pause for so many months."""
    if not 1 <= months <= LONGEST_PAUSE:
        raise CannotPause(f"A pausa pode ser de 1 a {LONGEST_PAUSE} meses.")
    subscription = find_subscription(session, case.contract_id)
    if subscription is None:
        raise CannotPause("Este contrato ainda não está ativo.")
    if why := why_no_pause_of(session, case, subscription, today=day_of(now)):
        raise CannotPause(why)


def begin_pause(
    session: Session, case: CancellationCase, months: int, *, actor: Actor | None, now: datetime
) -> SubscriptionPause:
    """Pause the contract of a locked case for so many months. `tell_of_pause` is for the case as it is kept.

    Raises:
        CannotPause: it may not pause any more.
    """
    subscription = find_subscription(session, case.contract_id, for_update=True)
    check_pause(session, case, months, now=now)
    if subscription is None:
        raise RuntimeError("a subscription that may be paused is gone")
    return pausing.pause(session, subscription=subscription, months=months, actor=actor, now=now)


def tell_of_pause(
    session: Session,
    case: CancellationCase,
    row: SubscriptionPause,
    *,
    actor: Actor | None,
    address: str,
    now: datetime,
) -> None:
    """The days of the pause of a closed case, in the log and by mail."""
    days = f"de {format_date(row.paused_from)} a {format_date(row.paused_until)}"
    summary = f"Contrato {case.contract.label} em pausa {days}"
    _record(session, case, "service_paused", summary, actor=actor, address=address, now=now)
    notifications.paused(session, case=case, customer=case.customer, now=now)


def resume(session: Session, *, case: CancellationCase, actor: Actor, now: datetime) -> None:
    """Have the customer of a case come back with the first whole month of its pause that has not begun.

    Raises:
        PauseOver: no such month is left.
    """
    require_writer(actor)
    locked_closed_case(session, case)
    row = find_pause(session, case)
    subscription = find_subscription(session, case.contract_id, for_update=True)
    if row is None or subscription is None:
        raise PauseOver
    session.refresh(row, with_for_update=True)
    number = first_to_resume(subscription, row, today=day_of(now))
    if number is None:
        raise PauseOver
    pausing.resume_before(session, row=row, subscription=subscription, number=number, actor=actor, now=now)
    back_on = format_date(subscription.place.period(number).starts_on)
    summary = f"Pausa do contrato {case.contract.label} encerrada antes: o serviço volta em {back_on}"
    _record(session, case, "service_resumed", summary, actor=actor, address="", now=now)


def _record(
    session: Session,
    case: CancellationCase,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    address: str,
    now: datetime,
) -> None:
    audit.record(
        session, action=action, summary=summary, subject=case, actor=actor, actor_label=address, now=now
    )
