"""What all `flask --app wsgi …` commands share: a database in the way ends them with one sentence."""

from typing import Any

import click
from alembic.util import CommandError
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

MISSING_TABLE = "does not exist"


class CommandGroup(AppGroup):
    """Commands that need the database. A fault of the program itself keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; raises click.ClickException when the database is away or has no tables yet."""
        try:
            return super().invoke(ctx)
        except CommandError as error:
            raise click.ClickException(f"{error}.") from None
        except (OperationalError, ProgrammingError) as error:
            cause = str(error.orig).splitlines()[0]
            if MISSING_TABLE in cause:
                raise click.ClickException(
                    "The database has no tables yet; make them with `flask --app wsgi database upgrade`."
                ) from None
            if isinstance(error, ProgrammingError):
                raise
            raise click.ClickException(f"The database of PORTAL_DATABASE_URL refuses: {cause}.") from None
