"""Errands: work after a commit that takes long or reaches outside, such as a charge or a sealed file.

An errand is a row, enqueued in the transaction of its cause. The worker claims it by a lease, *prepares* it
in a transaction, *does* it in none, and *settles* it in another. So nothing slow holds a lock, and a
process killed anywhere leaves a row that is due again when its lease ends.

Because a kill may fall between doing and settling, doing may happen twice. `prepare` therefore stores what
identifies the work (the key of an outgoing call) before it is done, and looks first whether it was done.

An errand may also be there so that what follows from a fact cannot undo it: repasse and mail after money
(`inside`).
"""

from portal.shared.errands.kinds import ErrandKind, Lane, TryLater, init_app, inside
from portal.shared.errands.queueing import (
    enqueue,
    enqueue_all,
    forget_done,
    is_waiting,
    list_stuck,
    try_again,
)
from portal.shared.errands.rows import Errand
from portal.shared.errands.running import (
    GIVE_UP_AFTER,
    LEASE,
    Claimant,
    next_due_at,
    run_all,
    run_next_errand,
)

__all__ = [
    "GIVE_UP_AFTER",
    "LEASE",
    "Claimant",
    "Errand",
    "ErrandKind",
    "Lane",
    "TryLater",
    "enqueue",
    "enqueue_all",
    "forget_done",
    "init_app",
    "inside",
    "is_waiting",
    "list_stuck",
    "next_due_at",
    "run_all",
    "run_next_errand",
    "try_again",
]
