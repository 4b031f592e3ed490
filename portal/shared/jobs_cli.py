"""`flask --app wsgi jobs …`: the schedule by hand, and the queue as a process of its own."""

import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import FrameType

import click
from flask import current_app

from portal.shared import clock, garbage, schedule
from portal.shared.commands import CommandGroup
from portal.shared.db import db
from portal.shared.queue import Lane

group = CommandGroup("jobs", help="List and run the scheduled jobs; work the queue.")


@group.command("list")
def list_jobs() -> None:
    """Show every job: when it runs, when it is next, how it last went. Times of São Paulo."""
    for health in schedule.job_health(db.session, clock.now()):
        last = health.last_run
        went = f"{_local(last.finished_at)} {last.outcome}: {last.message}" if last else "never ran"
        click.echo(f"{health.name}\n    {health.title}, {health.schedule}")
        click.echo(f"    next {_local(health.next_run_at)}   last {went}")
        if health.failures_in_a_row:
            click.echo(f"    {health.failures_in_a_row} failures in a row")


@group.command()
@click.argument("name")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]), help="As if it were then, in São Paulo."
)
def run(name: str, at: datetime | None) -> None:
    """Run the job NAME once, now or as if it were --at 2026-07-05T09:00."""
    entry = schedule.find_job(name)
    if entry is None:
        names = ", ".join(job.name for job, _when in schedule.timetable())
        raise click.ClickException(f"There is no job {name!r}. The jobs are: {names}.")
    as_of = at.replace(tzinfo=clock.SAO_PAULO).astimezone(UTC) if at else clock.now()
    try:
        outcome = schedule.run_job_now(db.engine, *entry, as_of=as_of, clock=clock.now)
    except schedule.JobIsRunning:
        raise click.ClickException(f"The job {name!r} is running at this moment.") from None
    click.echo(f"{name} as of {_local(as_of)}: {outcome.message}")
    if outcome.outcome == schedule.JobOutcome.FAILED:
        raise click.ClickException(f"The job {name!r} failed: {outcome.error_type}.")


@group.command()
def worker() -> None:
    """Work the queue until SIGTERM or Ctrl-C; as many of these as one likes, on as many machines."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    garbage.look_seldom()
    schedule.launch(app, schedule.Pace(threads=_threads(app.config["PORTAL"].queue_threads)))
    click.echo("The queue is being worked. Ctrl-C ends it.")
    stop.wait()
    schedule.shutdown(app)


def _threads(asked: Mapping[str, int]) -> Mapping[Lane, int]:
    """The threads of every lane: as asked for, else as usual."""
    unknown = set(asked) - set(Lane)
    if unknown:
        lanes = ", ".join(Lane)
        raise click.ClickException(f"PORTAL_QUEUE_THREADS names {', '.join(unknown)}; the lanes are {lanes}.")
    return schedule.THREADS | {Lane(lane): count for lane, count in asked.items()}


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(clock.SAO_PAULO):%Y-%m-%d %H:%M}"
