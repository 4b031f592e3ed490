"""Work outside of requests: scheduled jobs, and the worker that runs them and the queue.

A room makes one with `@job` in its `scheduled.py`; `portal/schedule.py` says when it runs. A job runs in one
transaction together with the mark that it ran: it happened wholly and once, or not at all and is due
again. It calls nothing outside; what must reach the outside is a row that somebody delivers, as mail is.
"""

from portal.shared.schedule.health import JobHealth, is_worked, job_health
from portal.shared.schedule.housekeeping import forget_old_work
from portal.shared.schedule.registry import Job, JobReport, find_job, init_app, job, timetable
from portal.shared.schedule.rows import JobOutcome, JobRun, QueueWorker, ScheduledJob
from portal.shared.schedule.runner import OWN_LOOPS, THREADS, Pace, launch, shutdown
from portal.shared.schedule.timetable import When, daily, every
from portal.shared.schedule.work import JobIsRunning, make_due, run_job_now

__all__ = [
    "OWN_LOOPS",
    "THREADS",
    "Job",
    "JobHealth",
    "JobIsRunning",
    "JobOutcome",
    "JobReport",
    "JobRun",
    "Pace",
    "QueueWorker",
    "ScheduledJob",
    "When",
    "daily",
    "every",
    "find_job",
    "forget_old_work",
    "init_app",
    "is_worked",
    "job",
    "job_health",
    "launch",
    "make_due",
    "run_job_now",
    "shutdown",
    "timetable",
]
