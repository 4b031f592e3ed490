"""Cancelamentos: every case."""

from collections.abc import Iterator

from flask import Response, request

from portal.cancellations.models import CancellationCase
from portal.cancellations.queries import cases as queries
from portal.cancellations.routes.blueprint import blueprint
from portal.cancellations.rules.cases import CaseState, Reason
from portal.shared import htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response

CSV_HEADER = (
    "Protocolo", "Cliente", "Parceiro", "Contrato", "Pedido em", "Motivo", "O que o cliente disse",
    "Situação", "Desfecho", "Encerrado em", "Serviço até",
)  # fmt: skip


@blueprint.get("/cancelamentos")
@requires(Permission.SEE_CONTRACTS)
def index() -> Response:
    """Newest first."""
    listing = queries.CASE_LIST.read(request.args)
    return htmx.render(
        "cancellations/index.html",
        listing=listing,
        page=queries.list_cases(db.session, listing, actor=actor()),
        states=CaseState.choices(),
        reasons=Reason.choices(),
    )


@blueprint.get("/cancelamentos.csv")
@requires(Permission.SEE_CONTRACTS)
def export() -> Response:
    """The same list for a spreadsheet."""
    listing = queries.CASE_LIST.read(request.args)
    return csv_response(
        "cancelamentos.csv", CSV_HEADER, _rows(queries.list_for_export(listing, actor=actor()))
    )


def _rows(cases: Iterator[CancellationCase]) -> Iterator[tuple[object, ...]]:
    for case in cases:
        yield (
            case.protocol,
            case.customer.name,
            case.partner.trade_name,
            case.contract.label,
            datetime_br(case.requested_at),
            case.reason.label,
            case.words,
            case.state.label,
            case.outcome,
            datetime_br(case.closed_at) if case.closed_at else "",
            format_date(case.last_day) if case.last_day else "",
        )
