"""Repasses: the partner's share of what customers paid, month by month, line by line."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Response, request

from portal.partners.queries.searching import list_partners_to_choose
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.reading import (
    ACCRUAL_LIST,
    accruals_for,
    list_accruals,
    list_months,
    totals_for,
)
from portal.payouts.routes.blueprint import blueprint
from portal.payouts.rules import month_key, month_label
from portal.shared import htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.lists import ListRequest, csv_response, read_all

CSV_HEADER = (
    "Mês", "Parceiro", "Cliente", "CNPJ ou CPF", "Contrato", "Fatura", "Item", "Quantidade",
    "Pago pelo cliente", "Mensalidade paga pelo Hiperador", "Taxa da central", "Parte do fornecedor",
    "Repasse", "Apurado em",
)  # fmt: skip


@blueprint.get("/repasses")
@requires(Permission.SEE_REPASSE)
def index() -> Response:
    """A month of repasse, at first the newest: its sums, and each line with its waterfall."""
    months = list_months(db.session, actor=actor())
    listing = _listing(months)
    return htmx.render(
        "payouts/index.html",
        listing=listing,
        page=list_accruals(db.session, listing, actor=actor()),
        totals=totals_for(db.session, listing, actor=actor()),
        partners=list_partners_to_choose(db.session, actor()),
        months=[(month_key(month), month_label(month)) for month in months],
    )


@blueprint.get("/repasses.csv")
@requires(Permission.SEE_REPASSE)
def export() -> Response:
    """The same lines, as filtered and sorted, for a spreadsheet."""
    listing = _listing(list_months(db.session, actor=actor()))
    rows = read_all(listing.ordered(accruals_for(actor(), listing)))
    return csv_response("repasses.csv", CSV_HEADER, _rows(rows))


def _listing(months: Sequence[date]) -> ListRequest:
    """What the address asks for: the newest month unless it names one, or none (`mes=`) for all."""
    args = {"mes": month_key(months[0])} if months else {}
    return ACCRUAL_LIST.read(args | request.args.to_dict())


def _rows(accruals: Iterator[RepasseAccrual]) -> Iterator[tuple[object, ...]]:
    for accrual in accruals:
        customer = accrual.customer
        amounts = (
            accrual.paid_cents,
            accrual.cost_cents,
            accrual.central_fee_cents,
            accrual.vendor_share_cents,
            accrual.repasse_cents,
        )
        yield (
            month_key(accrual.month),
            customer.partner.trade_name,
            customer.name,
            format_document(customer.document),
            f"{accrual.contract_id:06d}",
            accrual.invoice.label,
            accrual.line_label,
            accrual.quantity,
            *(format_money_input(cents) for cents in amounts),
            format_date(day_of(accrual.accrued_at)),
        )
