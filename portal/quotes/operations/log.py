"""What the customer's record tells about a quote."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.quotes.models import QuoteVersion
from portal.quotes.queries.labels import label_of
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_money


def log_event(
    session: Session,
    version: QuoteVersion,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
    actor_label: str = "",
    **facts: Any,
) -> None:
    """Log what happened to a version in its customer's stream.

    `summary` may say `{label}` (the quote's number), `{version}` and `{price}`; `facts` are kept beside.
    """
    session.flush()
    audit.record(
        session,
        action=action,
        summary=summary.format(
            label=label_of(session, version.quote),
            version=version.number,
            price=format_money(version.negotiated_cents),
        ),
        subject=version.quote,
        actor=actor,
        actor_label=actor_label,
        now=now,
        reason=reason,
        facts={"version": version.number, "negotiated_cents": version.negotiated_cents, **facts},
    )
