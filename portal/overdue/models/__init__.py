"""Tables of the overdue room, split by noun."""

from portal.overdue.models.access_key import AccessKey
from portal.overdue.models.lateness import OverdueChunk, OverdueNight, OverdueNotice, Suspension
from portal.overdue.models.trust import TrustRelease

__all__ = ["AccessKey", "OverdueChunk", "OverdueNight", "OverdueNotice", "Suspension", "TrustRelease"]
