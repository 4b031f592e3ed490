"""What the dunning room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.dunning.operations.calls import AT_ONCE, end_needless_calls
from portal.dunning.operations.runs import prepare_run, release_run
from portal.dunning.queries.reading import count_messages
from portal.dunning.rules.sending import PREPARE, NotToday, RunState, is_sending_hour
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.clock import SAO_PAULO, day_of
from portal.shared.schedule import JobReport, job


@job(PREPARE, title="Régua de cobrança do dia")
def prepare_dunning(session: Session, *, now: datetime) -> JobReport:
    """Prepare the day's run as soon as the day's money is in, and release it where nobody is to look."""
    if not is_sending_hour(day_of(now), now.astimezone(SAO_PAULO).hour):
        return JobReport("Fora da hora de lembretes.", {})
    try:
        run = prepare_run(session, now=now)
    except NotToday as reason:
        return JobReport(reason.message, {})
    if run.state is RunState.PREPARED and value(session, Name.DUNNING_RELEASED_ALONE):
        release_run(session, run.id, actor=None, now=now)
    planned = count_messages(session, run.id)
    return JobReport(f"Régua do dia: {planned} lembretes, {run.state.label.lower()}.", {"planned": planned})


@job("end-needless-calls", title="Ligações que não são mais precisas")
def end_calls(session: Session, *, now: datetime) -> JobReport:
    """Close calls about what was paid meanwhile."""
    ended = end_needless_calls(session, now=now)
    return JobReport(f"Ligações encerradas: {ended}.", {"ended": ended}, more=ended >= AT_ONCE)
