"""What the readjustments room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.clock import day_of
from portal.shared.schedule import JobReport, job
from portal.subscriptions.operations.pricing import show_prices


@job("show-prices", title="Preços que passam a valer")
def show_new_prices(session: Session, *, now: datetime) -> JobReport:
    """From the day on which a new price holds, lists and pages show it."""
    shown = show_prices(session, today=day_of(now))
    return JobReport(f"Mensalidades com novo preço: {shown}.", {"shown": shown})
