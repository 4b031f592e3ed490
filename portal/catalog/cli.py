"""`flask --app wsgi catalog …`: price lists from a file."""

from pathlib import Path

import click

from portal.catalog import operations, rules
from portal.catalog.operations import ImportReport
from portal.shared import clock
from portal.shared.brazil import format_date
from portal.shared.commands import CommandGroup
from portal.shared.db import db
from portal.shared.refusals import Refusal

group = CommandGroup("catalog", help="Check and publish price lists.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_file(file: Path, *, dry_run: bool) -> None:
    """Publish the price list in FILE. Status 1 and nothing stored when it is refused."""
    now = clock.now()
    try:
        content = rules.text_of_file(_read(file))
        report = operations.check_price_list(db.session, content=content, today=clock.day_of(now))
        _tell(report)
        if report.problems:
            raise click.ClickException("A tabela não pode ser publicada. Nada foi gravado.")
        if dry_run:
            click.echo("Ensaio: nada foi gravado.")
        elif report.can_be_published:
            published = operations.import_price_list(
                db.session, content=content, actor=None, now=now, today=clock.day_of(now)
            )
            db.session.commit()
            click.echo(
                f"Publicada: {published.code}, válida a partir de {format_date(published.valid_from)}."
            )
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(rules.MAX_FILE_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"Não foi possível ler {file}: {error.strerror}.") from None


def _tell(report: ImportReport) -> None:
    for problem in report.problems:
        click.echo(str(problem), err=True)
    if report.published is not None:
        click.echo(f"A tabela {report.published.code} já está publicada com este conteúdo. Nada a fazer.")
    for warning in report.warnings:
        click.echo(f"Atenção: {warning}")
    if report.replaces is not None:
        click.echo(f"Diferenças em relação à tabela {report.replaces.code}: {len(report.changes)}")
    for change in report.changes:
        click.echo(f"  {change.label}: {change.before or '(novo)'} → {change.after or '(retirado)'}")
