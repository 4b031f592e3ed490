"""Notas fiscais: all of them, how a month stands, and preparing it."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for

from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_document, format_money_input, format_month
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response
from portal.shared.refusals import Missing, Refusal
from portal.tax_notes.models import TaxNote
from portal.tax_notes.operations.preparing import prepare_month
from portal.tax_notes.pages import trouble_of
from portal.tax_notes.queries import reading as queries
from portal.tax_notes.queries.preparing import notes_to_come
from portal.tax_notes.routes.blueprint import blueprint
from portal.tax_notes.rules.preparing import first_of_month, opens_on, parse_month
from portal.tax_notes.rules.states import NoteState

CSV_HEADER = (
    "Mês", "DPS", "NFS-e", "Chave", "Cliente", "Parceiro", "Tomador", "CNPJ ou CPF", "Fatura", "Serviço",
    "Valor", "Situação", "Emitida em", "Problema",
)  # fmt: skip
STATES = [
    (queries.FAILED, "Com problema"),
    (queries.GOING, "Em andamento"),
    *NoteState.choices(),
]


@blueprint.get("/notas-fiscais")
@requires(Permission.SEE_TAX_NOTES)
def index() -> Response:
    """Every note this person may see, and how a month stands."""
    return _page()


@blueprint.get("/notas-fiscais.csv")
@requires(Permission.SEE_TAX_NOTES)
def export() -> Response:
    """The same list for a spreadsheet."""
    found = queries.list_for_export(queries.NOTE_LIST.read(request.args), actor=actor())
    return csv_response("notas-fiscais.csv", CSV_HEADER, _rows(found))


@blueprint.post("/notas-fiscais/<month>/preparar")
@requires(Permission.MANAGE_TAX_NOTES)
def prepare(month: str) -> Response:
    """Look through a month now instead of tonight."""
    chosen = parse_month(month)
    if chosen is None:
        raise Missing
    try:
        prepare_month(db.session, chosen, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(refusal=refusal)
    flash(f"As notas de {format_month(chosen)} estão sendo preparadas e enviadas.")
    return htmx.go_to(url_for("tax_notes.index", mes=month))


def _page(*, refusal: Refusal | None = None) -> Response:
    listing, today = queries.NOTE_LIST.read(request.args), clock.today()
    month = queries.month_asked(listing) or first_of_month(today)
    months = sorted({*queries.list_months(db.session), first_of_month(today), month}, reverse=True)
    manages = actor().can(Permission.MANAGE_TAX_NOTES)
    day, when_due = (value(db.session, name) for name in (Name.TAX_NOTE_DAY, Name.TAX_NOTES_WHEN_DUE))
    return htmx.render(
        "tax_notes/index.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        listing=listing,
        page=queries.list_notes(db.session, listing, actor=actor()),
        states=STATES,
        months=[(f"{each:%Y-%m}", format_month(each)) for each in months],
        month=month,
        opens_on=opens_on(month, day=day),
        today=today,
        has_office=environment().nfse is not None,
        numbers=queries.state_of_month(db.session, month) if manages else None,
        to_come=notes_to_come(db.session, month, today=today, when_due=bool(when_due)) if manages else None,
        run=queries.find_run(db.session, month) if manages else None,
    )


def _rows(notes: Iterator[TaxNote]) -> Iterator[tuple[object, ...]]:
    for note in notes:
        trouble = trouble_of(note)
        yield (
            f"{note.month:%m/%Y}",
            f"{note.series}/{note.number}",
            note.fiscal_number or "",
            note.access_key or "",
            note.customer.name,
            note.partner.trade_name,
            note.taker_name,
            format_document(note.taker_document),
            note.invoice.label,
            note.description,
            format_money_input(note.net_cents),
            note.state.label,
            datetime_br(note.authorized_at) if note.authorized_at else "",
            trouble.why if trouble else "",
        )
