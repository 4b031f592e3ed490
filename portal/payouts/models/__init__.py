"""Tables of the payouts room, split by noun."""

from portal.payouts.models.accrual import RepasseAccrual, RepasseReversal
from portal.payouts.models.divergence import Divergence, PayoutCheck
from portal.payouts.models.payout import Payout, PayoutClosing, PayoutLine, PayoutTransfer, PayoutUndoing
from portal.payouts.models.repasse_sum import RepasseSum

__all__ = [
    "Divergence",
    "Payout",
    "PayoutCheck",
    "PayoutClosing",
    "PayoutLine",
    "PayoutTransfer",
    "PayoutUndoing",
    "RepasseAccrual",
    "RepasseReversal",
    "RepasseSum",
]
