"""Work outside of requests: jobs by the calendar, tasks after a commit, and the worker that does both.

A room registers with `@job` or `@task` in its `jobs.py`; `portal/schedule.py` says when jobs run.
A job or task runs in one transaction together with the mark that it ran: it happened wholly and once,
or not at all and is due again. It calls nothing outside; what must reach the outside is a row that
somebody delivers, as mail is.
"""

from portal.shared.jobs.health import JobHealth, TaskHealth, is_worked, job_health, task_health
from portal.shared.jobs.housekeeping import forget_old_work
from portal.shared.jobs.registry import Job, JobReport, Task, find_job, init_app, job, task, timetable
from portal.shared.jobs.rows import JobOutcome, JobRun, QueuedTask, QueueWorker, ScheduledJob
from portal.shared.jobs.runner import Pace, launch, shutdown
from portal.shared.jobs.timetable import When, daily, every, monthly, on_weekdays
from portal.shared.jobs.work import JobIsRunning, enqueue, make_due, run_job_now

__all__ = [
    "Job",
    "JobHealth",
    "JobIsRunning",
    "JobOutcome",
    "JobReport",
    "JobRun",
    "Pace",
    "QueueWorker",
    "QueuedTask",
    "ScheduledJob",
    "Task",
    "TaskHealth",
    "When",
    "daily",
    "enqueue",
    "every",
    "find_job",
    "forget_old_work",
    "init_app",
    "is_worked",
    "job",
    "job_health",
    "launch",
    "make_due",
    "monthly",
    "on_weekdays",
    "run_job_now",
    "shutdown",
    "task",
    "task_health",
    "timetable",
]
