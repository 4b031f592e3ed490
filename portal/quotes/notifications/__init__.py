"""What this room writes to people. Every mail has the key of its cause, so it is owed once."""

from portal.quotes.notifications.approvals import (
    approval_decided,
    approval_escalated,
    approval_reminder,
    approval_requested,
)
from portal.quotes.notifications.proposals import (
    Recipient,
    proposal_declined,
    proposal_sent,
    proposal_viewed,
    quote_accepted,
    quote_expired,
)

__all__ = [
    "Recipient",
    "approval_decided",
    "approval_escalated",
    "approval_reminder",
    "approval_requested",
    "proposal_declined",
    "proposal_sent",
    "proposal_viewed",
    "quote_accepted",
    "quote_expired",
]
