"""`flask --app wsgi demo …`: synthetic data to look around with."""

import click

from portal.demo.accounts import DEMO_PARTNERS, DEMO_USERS, PASSWORD
from portal.demo.operations import is_loaded, load_demo
from portal.demo.worker import count_unsealed
from portal.shared import clock
from portal.shared.commands import CommandGroup
from portal.shared.db import db
from portal.shared.environment import environment

group = CommandGroup("demo", help="Synthetic people, customers, quotes and contracts to look around with.")


@group.command()
def load() -> None:
    """Load the demonstration once; a database with partners in it is left alone."""
    if environment().environment == "production":
        raise click.ClickException("Demo data have known passwords; they are refused in production.")
    if is_loaded(db.session):
        click.echo("The demonstration is already there.")
        return
    load_demo(db.session, now=clock.now())
    unsealed = count_unsealed(db.session)
    db.session.commit()
    click.echo("The demonstration is loaded.")
    if unsealed:
        click.echo(
            f"{unsealed} signed contracts wait to be sealed, since there is no certificate: "
            "flask --app wsgi signatures certificate."
        )


@group.command()
def users() -> None:
    """Show who can sign in to the demonstration."""
    partners = {partner.key: partner for partner in DEMO_PARTNERS}
    click.echo(f"Senha de todos: {PASSWORD}\n")
    for user in DEMO_USERS:
        partner = partners[user.partner] if user.partner else None
        place = f"{partner.trade_name} ({partner.tier})" if partner else "Fornecedor"
        click.echo(f"  {user.email:<24} {user.name:<16} {user.role.label:<20} {place}")
