"""`flask --app wsgi demo …`: synthetic data to look around with."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import click
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from portal.demo.accounts import users_in_words
from portal.demo.clock.moving import move_on
from portal.demo.clock.operations import ask_to_move
from portal.demo.clock.queries import days_lived, find_move
from portal.demo.history.keeping import HISTORY, keep_history, load_history
from portal.demo.history.living import live as live_history
from portal.demo.operations import SCENES, YEAR, is_loaded, load_demo
from portal.demo.worker import count_unsealed
from portal.shared import clock
from portal.shared.brazil import format_date, format_money
from portal.shared.commands import CommandGroup
from portal.shared.database_cli import alembic_config
from portal.shared.db import db
from portal.shared.demo_clock import is_movable
from portal.shared.environment import environment
from portal.shared.refusals import Conflict

group = CommandGroup("demo", help="Synthetic people, customers, quotes and contracts to look around with.")


@group.command()
def prepare() -> None:
    """Do all that a demonstration begins with: the tables, the history once, a certificate as of its day."""
    _refuse_in_production()
    if _revision() is None:
        _load(HISTORY)  # it makes the tables itself
    else:
        _move_tables("head")
        if not _is_there():
            _load(HISTORY)
    click.echo(current_app.extensions["portal.seal"].make_certificate(now=clock.now()))


@group.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=HISTORY)
def load(path: Path) -> None:
    """Load the kept history of a company once; a database with partners in it is left alone."""
    _refuse_in_production()
    if not _is_there():
        _load(path)


def _load(path: Path) -> None:
    if not is_movable():
        raise click.ClickException("The kept history has a clock of its own; set PORTAL_DEMO_CLOCK=1.")
    db.session.rollback()
    ends_at = load_history(db.engine, move=_move_tables, path=path, folder=environment().var_dir)
    click.echo(f"The demonstration is loaded; its clock stands at {clock.day_of(ends_at):%d/%m/%Y}.")


@group.command()
@click.option("--days", type=click.IntRange(SCENES, YEAR), default=YEAR, show_default=True, help="How many.")
def tell(days: int) -> None:
    """Tell days of quotes and contracts up to this moment instead, once: today's desk, nothing billed."""
    _refuse_in_production()
    if _is_there():
        return
    load_demo(db.session, now=clock.now(), days=days)
    unsealed = count_unsealed(db.session)
    db.session.commit()
    click.echo("The demonstration is loaded.")
    if unsealed:
        click.echo(
            f"{unsealed} signed contracts wait to be sealed, since there is no certificate: "
            "flask --app wsgi signatures certificate."
        )


@group.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), default=HISTORY)
def keep(path: Path) -> None:
    """Write the history in this database to the file that `demo load` reads, or to PATH."""
    keep_history(db.engine, path)
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB.")


def _refuse_in_production() -> None:
    if environment().environment == "production":
        raise click.ClickException("Demo data have known passwords; they are refused in production.")


def _is_there() -> bool:
    if is_loaded(db.session):
        click.echo("The demonstration is already there.")
        return True
    return False


def _move_tables(revision: str) -> None:
    """Up or down to a revision; nothing when the tables are there."""
    config = alembic_config(environment().database_url)
    script, current = ScriptDirectory.from_config(config), _revision()
    wanted = script.get_current_head() if revision == "head" else revision
    if current != wanted:
        above = {step.revision for step in script.iterate_revisions(current, "base")}
        (command.downgrade if wanted in above else command.upgrade)(config, revision)


def _revision() -> str | None:
    """What the tables are at, None where there are none."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@group.command()
@click.option("--days", type=click.IntRange(1, 731), default=1, show_default=True, help="How many days.")
@click.option("--without-desk", is_flag=True, help="Leave finance's daily work to people.")
def advance(days: int, *, without_desk: bool) -> None:
    """Move the demonstration's clock forward, living every day; say of each what happened."""
    if not is_movable():
        raise click.ClickException("The clock is the world's here. Only a demonstration's can be moved.")
    now = clock.now()
    try:
        until = now + timedelta(days=days)
        ask_to_move(db.session, until=until, keeps_desk=not without_desk, asked_by_id=None, now=now)
        db.session.commit()
    except Conflict as refusal:
        db.session.rollback()
        click.echo(refusal.message)
    while find_move(db.session):
        db.session.rollback()
        if not move_on(db.engine, tell=_say_days):
            time.sleep(1)  # a worker does it
    click.echo(f"Agora são {clock.now().astimezone(clock.SAO_PAULO):%H:%M de %d/%m/%Y}.")


@group.command()
@click.option("--months", type=click.IntRange(1, 36), default=18, show_default=True)
@click.option("--customers", type=click.IntRange(6, 300), default=120, show_default=True)
def live(months: int, customers: int) -> None:
    """Live months of a company up to today in an empty database. Takes long."""
    if not is_movable() or is_loaded(db.session):
        raise click.ClickException("This needs a demonstration's clock and an empty database.")
    db.session.rollback()
    live_history(db.engine, months=months, customers=customers, tell=_say_days)


def _say_days(before: datetime, at: datetime) -> None:
    """One line for each day that is over."""
    if clock.day_of(before) == clock.day_of(at):
        return
    for day in days_lived(db.session, since=before, until=at)[:-1]:
        click.echo(
            f"{format_date(day.on)}: {day.issued} faturas emitidas ({format_money(day.issued_cents)}), "
            f"{day.paid} pagamentos ({format_money(day.paid_cents)}), {day.failed} cartões recusados, "
            f"{day.mailed} e-mails, {day.closed} extratos fechados."
        )
    db.session.rollback()


@group.command()
def users() -> None:
    """Show who can sign in to the demonstration."""
    click.echo(users_in_words())
