"""Use cases of the subscriptions room."""

from portal.subscriptions.operations.beginning import begin_subscription, continue_subscription
from portal.subscriptions.operations.billing import record_billed
from portal.subscriptions.operations.covering import cover_time
from portal.subscriptions.operations.ending import end_subscription, limit_billing

__all__ = [
    "begin_subscription",
    "continue_subscription",
    "cover_time",
    "end_subscription",
    "limit_billing",
    "record_billed",
]
