"""What the customer's record tells about a contract."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.shared import audit
from portal.shared.auth import Actor


def log_event(
    session: Session,
    contract: Contract,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
    actor_label: str = "",
    **facts: Any,
) -> None:
    """Log what happened to a contract in its customer's stream; `summary` may say `{label}`."""
    contract.changed_at = now
    audit.record(
        session,
        action=action,
        summary=summary.format(label=contract.label),
        subject=contract,
        actor=actor,
        actor_label=actor_label,
        now=now,
        reason=reason,
        facts={"kind": contract.kind.value, "state": contract.state.value, **facts},
    )
