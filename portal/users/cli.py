"""`flask --app wsgi users …`: the first administrator, before anybody can sign in."""

import click

from portal.shared import clock
from portal.shared.auth import Role
from portal.shared.cleaning import address_sign
from portal.shared.commands import CommandGroup
from portal.shared.db import db
from portal.shared.mail_address import why_not_sendable
from portal.shared.refusals import Refusal
from portal.users.operations.invitations import invite_user

group = CommandGroup("users", help="Invite people.")


@group.command()
@click.option("--email", required=True, help="Where the invitation goes; the person signs in with it.")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--partner", type=int, help="The partner's id; for seller and partner_admin only.")
def invite(email: str, name: str, role: str, partner: int | None) -> None:
    """Invite a person by e-mail. Status 1 and nothing stored when it is refused."""
    if why := why_not_sendable(email.strip(), malformed=f"{email} não é um endereço de e-mail."):
        raise click.ClickException(why)
    if not name.strip():
        raise click.ClickException("Escreva o nome da pessoa.")
    if sign := address_sign(name):
        raise click.ClickException(f"Escreva o nome da pessoa sem “{sign}”.")
    try:
        invite_user(
            db.session,
            email=email,
            name=name,
            role=Role(role),
            partner_id=partner,
            actor=None,
            now=clock.now(),
        )
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from None
    db.session.commit()
    click.echo(f"Convite para {email} na fila de e-mails.")
