"""What the customer's record tells about an invoice."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.shared import audit
from portal.shared.auth import Actor


def log_event(
    session: Session,
    invoice: Invoice,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
    **facts: Any,
) -> None:
    """Log what happened to an invoice in its customer's stream; `facts` are kept beside."""
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=invoice,
        actor=actor,
        now=now,
        reason=reason,
        facts={"number": invoice.number, "amount_cents": invoice.amount_cents, **facts},
    )
