"""What the readjustments room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.readjustments.operations.renewing import AT_ONCE, offer_renewals
from portal.shared.clock import day_of
from portal.shared.schedule import JobReport, job
from portal.subscriptions.operations.pricing import show_prices


@job("show-prices", title="Preços que passam a valer")
def show_new_prices(session: Session, *, now: datetime) -> JobReport:
    """From the day on which a new price holds, lists and pages show it."""
    shown = show_prices(session, today=day_of(now))
    return JobReport(f"Mensalidades com novo preço: {shown}.", {"shown": shown})


@job("offer-renewals", title="Ofertas de renovação")
def offer_next_terms(session: Session, *, now: datetime) -> JobReport:
    """Thirty days before a semiannual or annual term ends, the next is offered at the price of now."""
    offered = offer_renewals(session, now=now)
    return JobReport(f"Renovações oferecidas: {offered}.", {"offered": offered}, more=offered >= AT_ONCE)
