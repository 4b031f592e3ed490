"""A day's run: prepared at once, released by a person or by itself, handed on in chunks."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, joinedload

from portal.dunning import notifications
from portal.dunning.models import DunningMessage, DunningPolicy, DunningRun
from portal.dunning.operations import by_whatsapp
from portal.dunning.operations.calls import ask_to_call
from portal.dunning.queries.preparing import COLUMNS, due_days, reminders, unprocessed
from portal.dunning.queries.reading import find_policy, find_run_of, lock_run
from portal.dunning.rules.sending import (
    RELEASE,
    NotToday,
    RunGone,
    RunState,
    is_sending_day,
    is_sending_hour,
)
from portal.dunning.rules.steps import Channel
from portal.invoices.queries.limits import least_owed_cents
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import SAO_PAULO, day_of
from portal.shared.queue import enqueue
from portal.shared.queueing import insert_once

AT_ONCE = 1_000


def prepare_run(session: Session, *, now: datetime) -> DunningRun:
    """The run of today; asked again, the one that is there. Nothing is sent by it.

    Raises:
        NotToday: there is no policy, it is no day for it, or money of today is not processed yet.
    """
    day = day_of(now)
    policy = find_policy(session)
    if policy is None:
        raise NotToday("Ainda não há uma régua: crie a primeira.")
    if not is_sending_day(day):
        raise NotToday("Aos domingos e feriados ninguém recebe lembretes.")
    if known := find_run_of(session, day):
        return known
    if why := unprocessed(session):
        raise NotToday(why)
    return _prepare(session, policy, now=now)


def _prepare(session: Session, policy: DunningPolicy, *, now: datetime) -> DunningRun:
    day = day_of(now)
    run_values = {"day": day, "policy_id": policy.id, "state": RunState.PREPARED, "prepared_at": now}
    made = insert_once(session, DunningRun, key="day", values=run_values)
    run = find_run_of(session, day)
    if run is None:
        raise RuntimeError("a run that was inserted is not there")
    line = by_whatsapp.line_now(session, policy, now=now)
    if made and (days := due_days(session, today=day)):
        rows = reminders(
            run.id, policy.id, days=days, line=line, least_cents=least_owed_cents(session), today=day
        )
        session.execute(insert(DunningMessage).from_select(list(COLUMNS), rows))
    return run


def release_run(session: Session, run_id: int, *, actor: Actor | None, now: datetime) -> DunningRun:
    """Have the queue send a run. `actor` None: by itself.

    Raises:
        Missing: there is none.
        RunGone: it was released or dropped.
        NotToday: it is an hour in which nobody is reminded, or a run of another day.
    """
    run = lock_run(session, run_id)
    if run.state is not RunState.PREPARED:
        raise RunGone
    if run.day != day_of(now):
        raise NotToday("Esta régua é de outro dia: descarte-a. A de hoje traz o que ainda falta.")
    if not is_sending_hour(run.day, now.astimezone(SAO_PAULO).hour):
        raise NotToday("Lembretes saem das 8h às 20h, e aos sábados até as 14h.")
    run.state, run.released_at = RunState.RELEASED, now
    run.released_by_id = actor.user_id if actor else None
    _record(session, run, "dunning_released", f"Régua de {run.day:%d/%m/%Y} liberada", actor, now=now)
    enqueue(session, RELEASE, subject_id=run.id, now=now)
    return run


def drop_run(session: Session, run_id: int, *, actor: Actor, now: datetime) -> DunningRun:
    """Send nothing of a run.

    Raises:
        Missing: there is none.
        RunGone: it was released or dropped.
    """
    run = lock_run(session, run_id)
    if run.state is not RunState.PREPARED:
        raise RunGone
    run.state = RunState.DROPPED
    _record(session, run, "dunning_dropped", f"Régua de {run.day:%d/%m/%Y} descartada", actor, now=now)
    return run


def send_chunk(session: Session, run_id: int, *, now: datetime) -> None:
    """Hand on the next thousand reminders of a released run; while more wait, it is due again."""
    run = lock_run(session, run_id)
    waiting = session.scalars(
        select(DunningMessage)
        .where(
            DunningMessage.run_id == run.id,
            DunningMessage.left_out.is_(None),
            DunningMessage.queued_at.is_(None),
        )
        .options(
            joinedload(DunningMessage.step),
            joinedload(DunningMessage.customer),
            joinedload(DunningMessage.invoice),
        )
        .order_by(DunningMessage.id)
        .limit(AT_ONCE)
    ).all()
    if not waiting:
        return
    mails = [each for each in waiting if each.channel is Channel.EMAIL]
    chats = [each for each in waiting if each.channel is Channel.WHATSAPP and each.instead is None]
    notifications.remind(session, messages=mails, now=now)
    if chats:
        by_whatsapp.remind(session, messages=chats, now=now)
    sent = {each.id for each in (*mails, *chats)}
    for each in waiting:
        if each.id not in sent:
            ask_to_call(session, each, now=now)
    ids = [each.id for each in waiting]
    session.execute(update(DunningMessage).where(DunningMessage.id.in_(ids)).values(queued_at=now))
    if len(waiting) == AT_ONCE:
        enqueue(session, RELEASE, subject_id=run.id, now=now)


def _record(
    session: Session, run: DunningRun, action: str, summary: str, actor: Actor | None, *, now: datetime
) -> None:
    audit.record(session, action=action, summary=summary, subject=run, actor=actor, now=now)
