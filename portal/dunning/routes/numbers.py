"""Cobrança em números: what steps, ways and tones bring, promises, and how late customers pay."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Response, request

from calculator import day_in_month, month_number
from portal.dunning.queries import numbers as queries
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.rules.steps import when
from portal.shared import clock, htmx
from portal.shared.auth import Permission, requires
from portal.shared.brazil import format_money_input, format_month
from portal.shared.db import db
from portal.shared.lists import csv_response

MONTHS = 12
STEPS, PROMISES, PAYMENTS = "passos", "promessas", "prazos"
HEADERS = {
    STEPS: ("Passo", "Por", "Tom", "Enviados", "Pagas em 7 dias", "Valor"),
    PROMISES: ("Mês", "Promessas", "Cumpridas"),
    PAYMENTS: ("Mês", "Faturas pagas", "No prazo", "Dias de atraso em média"),
}


@blueprint.get("/regua/numeros")
@requires(Permission.SEE_DUNNING)
def numbers() -> Response:
    """Twelve months, as tables and charts."""
    since, today = _since(), clock.today()
    steps = queries.numbers_by_step(db.session, since=since)
    promises = queries.promises_by_month(db.session, since=since, today=today)
    payments = queries.payments_by_month(db.session, since=since)
    return htmx.render(
        "dunning/numbers.html",
        steps=steps,
        by_channel=_summed([(each.channel.label, each) for each in steps]),
        by_tone=_summed([(each.tone.label, each) for each in steps]),
        by_step=_summed([(when(each.days), each) for each in steps]),
        promises=promises,
        payments=payments,
        months=[(_short(each.month), _average(each)) for each in payments],
        kept=[(_short(each.month), each.kept) for each in promises],
    )


@blueprint.get("/regua/numeros.csv")
@requires(Permission.SEE_DUNNING)
def numbers_export() -> Response:
    """One of the tables for a spreadsheet: `?tabela=passos`, `promessas` or `prazos`."""
    table = request.args.get("tabela", STEPS)
    table = table if table in HEADERS else STEPS
    return csv_response(f"cobranca-{table}.csv", HEADERS[table], _rows(table, _since(), clock.today()))


def _rows(table: str, since: date, today: date) -> Iterator[tuple[object, ...]]:
    if table == PROMISES:
        for month in queries.promises_by_month(db.session, since=since, today=today):
            yield format_month(month.month), month.made, month.kept
    elif table == PAYMENTS:
        for paid in queries.payments_by_month(db.session, since=since):
            yield format_month(paid.month), paid.paid, paid.in_time, _average(paid)
    else:
        for step in queries.numbers_by_step(db.session, since=since):
            cents = format_money_input(step.paid_cents)
            yield when(step.days), step.channel.label, step.tone.label, step.sent, step.paid, cents


def _summed(rows: Sequence[tuple[str, queries.StepNumbers]]) -> list[tuple[str, int]]:
    """What was paid, in centavos, by a word."""
    found: dict[str, int] = {}
    for word, each in rows:
        found[word] = found.get(word, 0) + each.paid_cents
    return list(found.items())


def _average(month: queries.MonthOfPayments) -> int:
    """Days after the due date, on average, half up; in time counts as none."""
    return (2 * month.days_late + month.paid) // (2 * month.paid) if month.paid else 0


def _short(month: date) -> str:
    return format_month(month).partition("/")[0]


def _since() -> date:
    return day_in_month(month_number(clock.today()) - MONTHS + 1, 1)
