"""What the signatures room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.schedule import JobReport, job
from portal.signatures.operations import maintenance
from portal.signatures.operations.maintenance import AT_ONCE


@job("signature-reminders", title="Lembretes de assinatura")
def remind_of_signatures(session: Session, *, now: datetime) -> JobReport:
    """Remind signatories who have not answered for some days."""
    reminded = maintenance.remind_of_signatures(session, now=now)
    return JobReport(f"Lembretes: {reminded}.", {"reminded": reminded}, more=reminded >= AT_ONCE)


@job("expire-signatures", title="Prazo das assinaturas")
def expire_signatures(session: Session, *, now: datetime) -> JobReport:
    """End the signatures whose term is over."""
    expired = maintenance.expire_signatures(session, now=now)
    return JobReport(f"Assinaturas expiradas: {expired}.", {"expired": expired}, more=expired >= AT_ONCE)
