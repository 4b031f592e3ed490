"""`flask --app wsgi igpm …`: the monthly index from a file."""

from pathlib import Path

import click

from portal.readjustments.operations.importing import import_index
from portal.readjustments.rules.index import MAX_FILE_BYTES
from portal.shared import clock
from portal.shared.commands import CommandGroup
from portal.shared.db import db
from portal.shared.refusals import Refusal

group = CommandGroup("igpm", help="Store months of the IGP-M.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--confirm-revision", is_flag=True, help="Accept another figure for a stored month.")
def import_file(file: Path, *, confirm_revision: bool) -> None:
    """Store what FILE (CSV or the Banco Central's JSON) has that is new. Status 1 when it is refused."""
    try:
        brought = import_index(
            db.session,
            content=_read(file),
            file_name=file.name,
            confirm_revision=confirm_revision,
            actor=None,
            now=clock.now(),
        )
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.message} Nada foi gravado.") from None
    db.session.commit()
    click.echo(f"Meses novos: {brought.added}. Meses revisados: {brought.revised}.")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"Não foi possível ler {file}: {error.strerror}.") from None
