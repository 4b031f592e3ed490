"""`flask --app wsgi invariants`: whether the books agree, by hand; every night the schedule asks the same."""

import sys

import click
from flask.cli import with_appcontext

from portal.payouts.queries.invariants import INVARIANTS, find_broken
from portal.shared import clock
from portal.shared.commands import CommandGroup
from portal.shared.connections import let_statements_take_long
from portal.shared.db import db


def check() -> None:
    """Check everything that must always be true; name what is not, and end with status 1."""
    let_statements_take_long(db.session)
    broken = find_broken(db.session, since=None, now=clock.now())
    for each in broken:
        named = ", ".join(each.rows) + (" …" if each.times > len(each.rows) else "")
        click.echo(
            f"{each.invariant.key}: {each.invariant.label}: {each.times}"
            + (f" ({named})" if each.rows else "")
        )
    click.echo(f"{len(INVARIANTS)} checks, {len(broken)} broken.")
    sys.exit(1 if broken else 0)


group = CommandGroup(
    "invariants", callback=with_appcontext(check), invoke_without_command=True, help=check.__doc__
)
