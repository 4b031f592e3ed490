"""By the calendar: what a late part breaks."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.agreements.operations.breaking import LATE, break_agreement, list_broken
from portal.agreements.rules.states import NotLive
from portal.shared.schedule import JobReport, job


@job("break-agreements", title="Acordos não cumpridos")
def break_agreements(session: Session, *, now: datetime) -> JobReport:
    """Break agreements whose entry or part is late by more days than the settings allow."""
    count = 0
    for agreement_id in list_broken(session, now=now):
        try:
            break_agreement(session, agreement_id=agreement_id, reason=LATE, actor=None, now=now)
        except NotLive:
            continue
        count += 1
    return JobReport(f"Acordos desfeitos: {count}.", {"broken": count})
