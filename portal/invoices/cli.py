"""`flask --app wsgi billing …`: a day's invoices by hand; the schedule does the same."""

import sys
import time
from datetime import date, datetime, timedelta

import click

from portal.invoices.operations.billing_runs import plan_run
from portal.invoices.queries import billing_runs
from portal.invoices.queries.billing import DueSet, find_misfits
from portal.invoices.rules.billing import days_to_bill, due_until, why_parked
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import clock
from portal.shared.brazil import format_date, format_money
from portal.shared.commands import CommandGroup
from portal.shared.db import db
from portal.shared.queue import Claimant, Lane, run_next_job, try_lane_again

# This command is no worker that others see alive: what it had in hand when it was killed is free soon.
# Should two do a chunk, it is done once, see `bill_chunk`.
BRIEFLY = Claimant(lease_for=timedelta(seconds=5))
PAUSE_S = 0.2
PARKED = 2  # the exit status of a run that had to pass something by

group = CommandGroup("billing", help="Make the invoices of a day.")


@group.command()
@click.option(
    "--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="The day, in São Paulo; today if not said."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be made.")
def run(on: datetime | None, *, dry_run: bool) -> None:
    """Bill what falls due soon, and first the days that were missed, in order.

    Workers that run help; without any, this command does it all, also what failed before. Run again, it makes
    nothing twice. Status 2 when a subscription was parked because its numbers do not fit.
    """
    until = on.date() if on else clock.today()
    if dry_run:
        sys.exit(_say_what_would_be(until))
    parked = 0
    for day in days_to_bill(billing_runs.last_day_billed(db.session), until):
        parked += bill_day(day)
    if parked:
        click.echo(f"Estacionadas por números que não conferem: {parked}. Veja Faturamento no portal.")
        sys.exit(PARKED)


def bill_day(day: date) -> int:
    """Plan and work until nothing is left, also of an earlier run; how many were parked."""
    try_lane_again(db.session, Lane.BILLING, now=clock.now())
    db.session.commit()
    _work_off()
    while _plan(day):
        _work_off()
        time.sleep(PAUSE_S)  # what somebody else has in hand
    done = billing_runs.find_run(db.session, day)
    if done is None:
        return 0
    click.echo(
        f"{format_date(day)}: {done.invoiced} faturas, {format_money(done.amount_cents)},"
        f" vencimento até {format_date(done.due_until)}."
    )
    return done.parked


def _work_off() -> None:
    while run_next_job(db.engine, Lane.BILLING, clock=clock.now, claimant=BRIEFLY):
        pass


def _plan(day: date) -> bool:
    """Whether there is anything to work on."""
    planned = plan_run(db.session, day=day, now=clock.now())
    waits = bool(billing_runs.list_waiting_chunks(db.session)) or billing_runs.is_in_hand(db.session)
    db.session.commit()
    return planned > 0 or waits


def _say_what_would_be(day: date) -> int:
    until = due_until(day, value(db.session, Name.INVOICE_DAYS_AHEAD))
    due = DueSet(due_until=until)
    click.echo(f"Ensaio de {format_date(day)}, vencimento até {format_date(until)}. Nada foi gravado.")
    for sums in billing_runs.preview(db.session, due):
        amount = format_money(sums.amount_cents)
        click.echo(f"{sums.billed_to.label}, {sums.way.short}: {sums.count} faturas, {amount}")
    misfits = list(find_misfits(db.session, due))
    for payment in misfits:
        click.echo(f"Mensalidade em andamento {payment.subscription_id}: {why_parked(payment)}")
    return PARKED if misfits else 0
