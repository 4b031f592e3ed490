"""Quotes as a list, as a file and as a board."""

from collections.abc import Iterator

from flask import Response, request

from portal.catalog.queries import plans_on_sale
from portal.quotes.queries.board import board_columns
from portal.quotes.queries.listing import QUOTE_LIST, QuoteEntry, list_for_export, list_quotes
from portal.quotes.routes.blueprint import blueprint
from portal.quotes.rules.labels import TERM_LABELS, term_label
from portal.quotes.rules.states import QuoteState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.db import db
from portal.shared.lists import csv_response

CSV_HEADER = (
    "Orçamento", "Versão", "Estado", "Cliente", "CNPJ ou CPF", "Parceiro", "Responsável", "Plano", "Prazo",
    "Original", "Mensalidade", "Desconto (%)", "Implantação", "Repasse", "Alterado em", "Válido até",
)  # fmt: skip


@blueprint.get("/orcamentos")
@requires(Permission.SEE_QUOTES)
def index() -> Response:
    """The quotes this person may see, newest change first."""
    listing = QUOTE_LIST.read(request.args)
    return htmx.render(
        "quotes/index.html",
        listing=listing,
        page=list_quotes(db.session, actor=actor(), request=listing),
        states=QuoteState.choices(),
        plans=plans_on_sale(db.session, today=clock.today(), now=clock.now()),
        terms=list(TERM_LABELS.items()),
    )


@blueprint.get("/orcamentos.csv")
@requires(Permission.SEE_QUOTES)
def export() -> Response:
    """The same list, as filtered and sorted, for a spreadsheet."""
    listing = QUOTE_LIST.read(request.args)
    entries = list_for_export(actor=actor(), request=listing)
    return csv_response("orcamentos.csv", CSV_HEADER, _rows(entries))


@blueprint.get("/orcamentos/quadro")
@requires(Permission.SEE_QUOTES)
def board() -> Response:
    """One column a state."""
    return htmx.render("quotes/board.html", columns=board_columns(db.session, actor=actor()))


def _rows(entries: Iterator[QuoteEntry]) -> Iterator[tuple[object, ...]]:
    for entry in entries:
        version, quote = entry.version, entry.version.quote
        yield (
            entry.label,
            version.number,
            version.state.label,
            version.customer.name,
            format_document(version.customer.document),
            version.customer.partner.trade_name,
            quote.owner.name,
            version.breakdown["lines"][0]["label"],
            term_label(version.term),
            format_money_input(version.original_cents),
            format_money_input(version.negotiated_cents),
            format_money_input(version.discount_basis_points),
            format_money_input(version.setup_cents) if version.setup_cents is not None else "",
            format_money_input(version.repasse_cents),
            format_date(clock.day_of(version.changed_at)),
            format_date(version.expires_on) if version.expires_on else "",
        )
