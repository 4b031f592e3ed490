"""What the invoices room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.operations import free_months
from portal.invoices.operations.billing_runs import plan_run
from portal.invoices.queries.billing_runs import last_day_billed
from portal.invoices.rules.billing import days_to_bill
from portal.shared.clock import day_of
from portal.shared.schedule import JobReport, job


@job("cover-free-months", title="Meses grátis que começam")
def cover_free_months(session: Session, *, now: datetime) -> JobReport:
    """Release the months given away that have begun."""
    released = free_months.cover_free_months(session, now=now)
    return JobReport(f"Meses grátis liberados: {released}.", {"released": released})


@job("bill-subscriptions", title="Faturamento das mensalidades")
def bill_subscriptions(session: Session, *, now: datetime) -> JobReport:
    """Plan what falls due soon, missed days first; the queue makes the invoices, chunk by chunk."""
    planned = 0
    for day in days_to_bill(last_day_billed(session), day_of(now)):
        planned += plan_run(session, day=day, now=now)
    return JobReport(f"Faturas a emitir: {planned}.", {"planned": planned})
