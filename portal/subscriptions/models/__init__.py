"""Tables of the subscriptions room."""

from portal.subscriptions.models.coverage import Coverage
from portal.subscriptions.models.free_month import FreeMonth
from portal.subscriptions.models.pause import SubscriptionPause
from portal.subscriptions.models.subscription import (
    Subscription,
    SubscriptionLine,
    SubscriptionPrice,
)

__all__ = [
    "Coverage",
    "FreeMonth",
    "Subscription",
    "SubscriptionLine",
    "SubscriptionPause",
    "SubscriptionPrice",
]
