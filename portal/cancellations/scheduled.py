"""What the cancellations room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cancellations.operations.watching import AT_ONCE, alarm_open_cases, call_silent_customers
from portal.shared.schedule import JobReport, job


@job("watch-cancellations", title="Pedidos de cancelamento sem desfecho")
def watch_cancellations(session: Session, *, now: datetime) -> JobReport:
    """Alarm support of what was asked for today or before and has no outcome."""
    alarmed = alarm_open_cases(session, now=now)
    return JobReport(f"Pedidos avisados: {alarmed}.", {"alarmed": alarmed}, more=alarmed >= AT_ONCE)


@job("call-silent-chats", title="Chats de cancelamento sem resposta")
def call_silent_chats(session: Session, *, now: datetime) -> JobReport:
    """Ask support to call who stopped answering."""
    called = call_silent_customers(session, now=now)
    return JobReport(f"Ligações pedidas: {called}.", {"called": called}, more=called >= AT_ONCE)
