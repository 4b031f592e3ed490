"""The job queue: work after a commit that takes long or reaches outside, such as a charge or a sealed file.

A job is a row, enqueued in the transaction of its cause. A worker claims it by a lease and runs it in three
steps of its kind: `before` in a transaction, `call` in none, `record` in another. So nothing slow holds a
lock, and a process killed anywhere leaves a row that is due again when its lease ends.

Because a kill may fall between `call` and `record`, a call may happen twice. `before` therefore stores the
idempotency key of the call, and looks first whether it was made.

A job may also be there so that what follows from a fact cannot undo it: repasse and mail after money
(`local_job`).
"""

from portal.shared.queue.enqueueing import (
    enqueue,
    enqueue_all,
    enqueue_each,
    forget_done,
    is_waiting,
    jobs_for,
    list_stuck,
    try_again,
    try_lane_again,
)
from portal.shared.queue.kinds import JobKind, Lane, NotYet, TryLater, init_app, local_job
from portal.shared.queue.rows import QueuedJob
from portal.shared.queue.running import (
    GIVE_UP_AFTER,
    LEASE,
    Claimant,
    next_due_at,
    run_all,
    run_first_due,
    run_next_job,
)

__all__ = [
    "GIVE_UP_AFTER",
    "LEASE",
    "Claimant",
    "JobKind",
    "Lane",
    "NotYet",
    "QueuedJob",
    "TryLater",
    "enqueue",
    "enqueue_all",
    "enqueue_each",
    "forget_done",
    "init_app",
    "is_waiting",
    "jobs_for",
    "list_stuck",
    "local_job",
    "next_due_at",
    "run_all",
    "run_first_due",
    "run_next_job",
    "try_again",
    "try_lane_again",
]
