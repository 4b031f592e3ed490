"""`flask --app wsgi signatures …`: the certificate of a machine for development."""

import click
from flask import current_app

from portal.shared import clock
from portal.shared.commands import CommandGroup

group = CommandGroup("signatures", help="The certificate that seals signed files.")


@group.command()
def certificate() -> None:
    """Make a certificate for development, unless there is one that works or PORTAL_SEAL_PFX names one."""
    click.echo(current_app.extensions["portal.seal"].make_certificate(now=clock.now()))
