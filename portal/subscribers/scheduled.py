"""What the subscribers room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.schedule import job
from portal.subscribers.operations.signing_in import forget_old


@job("forget-old-subscriber-access", title="Limpeza de acessos antigos de assinantes")
def forget_old_subscriber_access(session: Session, *, now: datetime) -> str:
    """Forget sessions of subscribers that ended 90 days ago, and requests for links of that time."""
    return f"{forget_old(session, now=now)} acessos de assinantes removidos."
