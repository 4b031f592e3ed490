"""What the referrals room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.referrals.operations.settling import settle_referrals
from portal.shared.schedule import JobReport, job


@job("give-referral-discounts", title="Descontos por indicação")
def give_referral_discounts(session: Session, *, now: datetime) -> JobReport:
    """A week after a new customer's first payment, both get their discount."""
    earned, after = settle_referrals(session, now=now)
    while after is not None:
        more, after = settle_referrals(session, after=after, now=now)
        earned += more
    return JobReport(f"Indicações com desconto dado: {earned}.", {"earned": earned})
