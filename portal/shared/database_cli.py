"""`flask --app wsgi database …`: migrations."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config

from portal.shared.commands import CommandGroup
from portal.shared.environment import environment

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
group = CommandGroup("database", help="Create and change the database's tables.")


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for a database, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


def _config() -> Config:
    return alembic_config(environment().database_url)


@group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables up to REVISION (the newest)."""
    command.upgrade(_config(), revision)
    click.echo("The database is up to date.")


@group.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION (`base` removes them all)."""
    command.downgrade(_config(), revision)
    click.echo(f"The database is at {revision}.")


@group.command()
@click.option("-m", "--message", required=True)
def revision(message: str) -> None:
    """Write a new migration from the difference between models and database."""
    command.revision(_config(), message=message, autogenerate=True)


@group.command()
def current() -> None:
    """Say which revision the database is at."""
    command.current(_config(), verbose=True)
