"""What the quotes room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.quotes.operations import reminding, sending
from portal.quotes.operations.reminding import REMINDED_AT_ONCE
from portal.quotes.operations.sending import EXPIRED_AT_ONCE
from portal.shared.schedule import JobReport, job


@job("approval-reminders", title="Lembretes de aprovação")
def remind_of_approvals(session: Session, *, now: datetime) -> JobReport:
    """Remind of requests nobody answered, and take those that wait longer to somebody else too."""
    reminded, escalated = reminding.remind_of_approvals(session, now=now)
    return JobReport(
        f"Lembretes: {reminded}. Encaminhados também a outra pessoa: {escalated}.",
        {"reminded": reminded, "escalated": escalated},
        more=max(reminded, escalated) >= REMINDED_AT_ONCE,
    )


@job("expire-quotes", title="Validade dos orçamentos")
def expire_quotes(session: Session, *, now: datetime) -> JobReport:
    """Expire what the customer did not answer in time."""
    expired = sending.expire_quotes(session, now=now)
    return JobReport(
        f"Orçamentos expirados: {expired}.", {"expired": expired}, more=expired >= EXPIRED_AT_ONCE
    )
