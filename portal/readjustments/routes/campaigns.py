"""Reajustes: a month before it is released, and what came of it afterwards."""

from collections.abc import Iterator
from datetime import date

from flask import Response, flash, request, url_for

from portal.readjustments.models import Readjustment
from portal.readjustments.operations.releasing import index_for, release_campaign
from portal.readjustments.queries import campaigns as queries
from portal.readjustments.queries.candidates import candidates, preview_rows, sums_of_preview
from portal.readjustments.routes.blueprint import blueprint
from portal.readjustments.rules.campaigns import NotYet, Outcome, index_month_of, months_offered, parse_month
from portal.readjustments.rules.index import month_text
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money_input
from portal.shared.db import db
from portal.shared.lists import csv_response
from portal.shared.refusals import Refusal

SHOWN = 50
CSV_HEADER = ("Contrato", "Cliente", "Parceiro", "Resultado", "Fatura", "Antes", "Depois", "Repasse depois")


@blueprint.get("/reajustes")
@requires(Permission.SEE_READJUSTMENTS)
def campaign() -> Response:
    """A month: at first the one whose invoices come next."""
    return _page(_month())


@blueprint.get("/reajustes.csv")
@requires(Permission.SEE_READJUSTMENTS)
def export() -> Response:
    """What a released month did, for a spreadsheet."""
    listing = queries.READJUSTMENT_LIST.read(request.args)
    rows = _rows(queries.list_for_export(listing, month=_month()))
    return csv_response("reajustes.csv", CSV_HEADER, rows)


@blueprint.post("/reajustes")
@requires(Permission.RELEASE_READJUSTMENTS, confirmed=True)
def release() -> Response:
    """Release a month."""
    month = parse_month(request.form.get("month", ""))
    try:
        if month is None:
            raise NotYet("Escolha o mês do reajuste.")
        release_campaign(db.session, month=month, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(month or _month(), refusal=refusal)
    flash(f"Reajuste de {month:%m/%Y} liberado. Os preços, as cartas e as tarefas saem em instantes.")
    return htmx.go_to(url_for("readjustments.campaign", mes=f"{month:%Y-%m}"))


def _month() -> date:
    return parse_month(request.args.get("mes", "")) or months_offered(clock.today())[1]


def _page(month: date, *, refusal: Refusal | None = None) -> Response:
    listing = queries.READJUSTMENT_LIST.read(request.args)
    released = queries.find_campaign(db.session, month)
    index, missing = (released.basis_points, "") if released else _index(month)
    found = candidates(month, index or 0)
    is_preview = released is None and index is not None
    sums = queries.sums_of_campaign(db.session, released) if released else []
    offered = sorted({*months_offered(clock.today()), *queries.list_released_months(db.session), month})
    return htmx.render(
        "readjustments/campaign.html",
        status=refusal.status if refusal else 200,
        month=month,
        months=[(f"{each:%Y-%m}", f"{each:%m/%Y}") for each in reversed(offered)],
        may_release=is_preview and month in months_offered(clock.today()),
        released=released,
        index=index,
        index_month=month_text(index_month_of(month)),
        missing=missing,
        sums=sums_of_preview(db.session, found) if is_preview else sums,
        preview=preview_rows(db.session, found, limit=SHOWN) if is_preview else [],
        listing=listing,
        page=queries.list_readjustments(db.session, listing, month=month) if released else None,
        outcomes=Outcome.choices(),
        outcome_of=Outcome,
        refusal=refusal,
    )


def _index(month: date) -> tuple[int | None, str]:
    try:
        return index_for(db.session, month), ""
    except NotYet as missing:
        return None, missing.message


def _rows(readjustments: Iterator[Readjustment]) -> Iterator[tuple[object, ...]]:
    for each in readjustments:
        repasse = each.after_repasse_cents
        yield (
            each.contract.label,
            each.contract.customer.name,
            each.partner.trade_name,
            each.outcome.label,
            f"{each.due_on:%d/%m/%Y}",
            format_money_input(each.before_cents),
            format_money_input(each.after_cents),
            "" if repasse is None else format_money_input(repasse),
        )
