"""What the quotes room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.quotes import operations
from portal.shared.jobs import JobReport, job


@job("approval-reminders", title="Lembretes de aprovação")
def remind_of_approvals(session: Session, *, now: datetime) -> JobReport:
    """Remind of requests nobody answered, and take those that wait longer to somebody else too."""
    reminded, escalated = operations.remind_of_approvals(session, now=now)
    return JobReport(
        f"Lembretes: {reminded}. Encaminhados também a outra pessoa: {escalated}.",
        {"reminded": reminded, "escalated": escalated},
        more=max(reminded, escalated) >= operations.REMINDED_AT_ONCE,
    )


@job("expire-quotes", title="Validade dos orçamentos")
def expire_quotes(session: Session, *, now: datetime) -> JobReport:
    """Expire what the customer did not answer in time."""
    expired = operations.expire_quotes(session, now=now)
    return JobReport(
        f"Orçamentos expirados: {expired}.", {"expired": expired}, more=expired >= operations.EXPIRED_AT_ONCE
    )
