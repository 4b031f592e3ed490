"""Previsão: what the next twelve months bring, of a contract, of a partner, of everything one may see."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Response, request

from portal.contracts.models import Contract
from portal.contracts.queries.reading import get_contract
from portal.invoices.queries.billing_runs import count_parked
from portal.invoices.queries.forecast import invoiced_by_month
from portal.invoices.routes.blueprint import blueprint
from portal.partners.queries.searching import list_partners_to_choose
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import MONTH_NAMES, format_money_input, format_month
from portal.shared.db import db
from portal.shared.lists import ListRequest, ListSpec, csv_response
from portal.subscriptions.queries.forecast import forecast_of_contract, forecast_of_portfolio
from portal.subscriptions.queries.reading import get_subscription
from portal.subscriptions.rules import MonthForecast

HEADER = ("Mês", "Já faturado", "A faturar", "Total")
ASKED = ListSpec(sorts={}, default="", filters={"parceiro": None})
REPASSE_HEADER = ("Repasse do que falta faturar",)


class MonthRow(NamedTuple):
    """A month of the table, in centavos; `repasse_cents` is the partner's share of what is to be billed."""

    first_day: date
    invoiced_cents: int
    gross_cents: int
    repasse_cents: int

    @property
    def total_cents(self) -> int:
        return self.invoiced_cents + self.gross_cents

    @property
    def name(self) -> str:
        return MONTH_NAMES[self.first_day.month - 1]


@blueprint.get("/previsao")
@requires(Permission.SEE_INVOICES)
def forecast() -> Response:
    """Of all this person may see, or of the partners meant."""
    listing = ASKED.read(request.args)
    may_bill = actor().can(Permission.RUN_BILLING)
    return _page(
        _portfolio(listing),
        listing=listing,
        partners=list_partners_to_choose(db.session, actor()),
        parked=count_parked(db.session) if may_bill else 0,
    )


@blueprint.get("/previsao.csv")
@requires(Permission.SEE_INVOICES)
def forecast_export() -> Response:
    """The same months for a spreadsheet."""
    return _csv("previsao.csv", _portfolio(ASKED.read(request.args)))


@blueprint.get("/contratos/<int:contract_id>/previsao")
@requires(Permission.SEE_INVOICES)
def contract_forecast(contract_id: int) -> Response:
    """Of one contract that is or was active."""
    contract = get_contract(db.session, contract_id, actor=actor())
    return _page(_of_contract(contract), contract=contract)


@blueprint.get("/contratos/<int:contract_id>/previsao.csv")
@requires(Permission.SEE_INVOICES)
def contract_forecast_export(contract_id: int) -> Response:
    """The same months for a spreadsheet."""
    contract = get_contract(db.session, contract_id, actor=actor())
    return _csv(f"previsao-contrato-{contract.label}.csv", _of_contract(contract))


def _page(months: Sequence[MonthRow], *, contract: Contract | None = None, **portfolio: Any) -> Response:
    return htmx.render(
        "invoices/forecast.html",
        contract=contract,
        months=months,
        totals=[(each.name, each.total_cents) for each in months],
        repasse=[(each.name, max(each.repasse_cents, 0)) for each in months],
        **portfolio,
    )


def _portfolio(asked: ListRequest) -> list[MonthRow]:
    partner, today = asked.filter("parceiro"), clock.today()
    months = forecast_of_portfolio(db.session, actor=actor(), partner=partner, today=today)
    invoiced = invoiced_by_month(db.session, actor=actor(), partner=partner, today=today)
    return _rows(months, invoiced)


def _of_contract(contract: Contract) -> list[MonthRow]:
    today = clock.today()
    months = forecast_of_contract(db.session, get_subscription(db.session, contract.id), today=today)
    invoiced = invoiced_by_month(db.session, actor=actor(), contract_id=contract.id, today=today)
    return _rows(months, invoiced)


def _rows(months: Sequence[MonthForecast], invoiced: Mapping[date, int]) -> list[MonthRow]:
    return [
        MonthRow(each.first_day, invoiced.get(each.first_day, 0), each.gross_cents, each.repasse_cents)
        for each in months
    ]


def _csv(name: str, months: Sequence[MonthRow]) -> Response:
    sees_repasse = actor().can(Permission.SEE_REPASSE)
    header = HEADER + (REPASSE_HEADER if sees_repasse else ())
    return csv_response(name, header, _lines(months, sees_repasse=sees_repasse))


def _lines(months: Sequence[MonthRow], *, sees_repasse: bool) -> Iterator[tuple[str, ...]]:
    for each in months:
        amounts = [each.invoiced_cents, each.gross_cents, each.total_cents]
        amounts += [each.repasse_cents] if sees_repasse else []
        yield format_month(each.first_day), *(format_money_input(cents) for cents in amounts)
