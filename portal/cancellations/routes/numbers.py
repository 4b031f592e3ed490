"""Why customers leave and what keeps them, and who may come back."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from flask import Response, flash, request, url_for

from calculator import day_in_month, month_number
from portal.cancellations.forms import ReturnForm
from portal.cancellations.operations.returning import plan_return
from portal.cancellations.queries.cases import get_case
from portal.cancellations.queries.numbers import churn_by, count_by_offer, count_by_reason
from portal.cancellations.queries.win_back import WIN_BACK_LIST, Gone, list_gone, list_gone_for_export
from portal.cancellations.routes.blueprint import blueprint
from portal.cancellations.rules.cases import Reason
from portal.cancellations.rules.numbers import ChurnBy, ChurnRow
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_money_input, format_phone
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.lists import csv_response
from portal.shared.refusals import Forbidden, Missing, Refusal

A_YEAR = timedelta(days=365)
MONTHS = 12
BARS = 12
REASON_HEADER = ("Motivo", "Ficaram", "Saíram")
OFFER_HEADER = ("Oferta", "Oferecida", "Aceita", "Ficaram")
CHURN_HEADER = ("Contratos", "Cancelados", "Cancelados (%)", "Mensalidade perdida")
GONE_HEADER = (
    "Cliente", "Parceiro", "Plano", "Mensalidade", "Serviço até", "Motivo", "O que disse", "Telefone",
    "E-mail", "Falar de novo em",
)  # fmt: skip


@blueprint.get("/cancelamentos/numeros")
@requires(Permission.SEE_CONTRACTS)
def numbers() -> Response:
    """Twelve months: reasons, offers, and churn by month, plan, partner and cohort."""
    since, (first, last) = clock.now() - A_YEAR, _months(clock.today())
    churn = [(by, churn_by(db.session, by, actor=actor(), first=first, last=last)) for by in ChurnBy]
    by_reason = count_by_reason(db.session, actor=actor(), since=since)
    by_offer = count_by_offer(db.session, actor=actor(), since=since)
    return htmx.render(
        "cancellations/numbers.html",
        by_reason=by_reason,
        gone=[(reason.label, left) for reason, _stayed, left in by_reason],
        by_offer=by_offer,
        kept=[(row.name, row.stayed) for row in by_offer],
        churn=churn,
        shares={
            by.value: [(row.name, row.basis_points) for row in rows[:BARS]]
            for by, rows in churn
            if by is not ChurnBy.MONTH and rows
        },
        months=[
            (row.name.partition("/")[0], row.left)
            for by, rows in churn
            if by is ChurnBy.MONTH
            for row in rows
        ],
    )


@blueprint.get("/cancelamentos/numeros.csv")
@requires(Permission.SEE_CONTRACTS)
def numbers_export() -> Response:
    """A table for a spreadsheet: churn `?por=mes`, `plano`, `parceiro` or `safra`; `motivo`, `oferta`."""
    asked, since = request.args.get("por", ""), clock.now() - A_YEAR
    if asked == "motivo":
        reasons = count_by_reason(db.session, actor=actor(), since=since)
        of_reasons = ((reason.label, stayed, left) for reason, stayed, left in reasons)
        return csv_response("cancelamentos-por-motivo.csv", REASON_HEADER, of_reasons)
    if asked == "oferta":
        offers = count_by_offer(db.session, actor=actor(), since=since)
        return csv_response("cancelamentos-por-oferta.csv", OFFER_HEADER, iter(offers))
    by = ChurnBy(asked) if asked in {each.value for each in ChurnBy} else ChurnBy.MONTH
    first, last = _months(clock.today())
    rows = churn_by(db.session, by, actor=actor(), first=first, last=last)
    return csv_response(f"cancelamentos-por-{by.value}.csv", (by.label, *CHURN_HEADER), _churn_rows(rows))


@blueprint.get("/cancelamentos/reconquista")
@requires(Permission.SEE_CONTRACTS)
def win_back() -> Response:
    """Customers who left and have no contract."""
    listing = WIN_BACK_LIST.read(request.args)
    return htmx.render(
        "cancellations/win_back.html",
        listing=listing,
        page=list_gone(db.session, listing, actor=actor(), today=clock.today()),
        reasons=Reason.choices(),
        tomorrow=clock.today() + timedelta(days=1),
    )


@blueprint.get("/cancelamentos/reconquista.csv")
@requires(Permission.SEE_CONTRACTS)
def win_back_export() -> Response:
    """The same list for a spreadsheet."""
    listing = WIN_BACK_LIST.read(request.args)
    found = list_gone_for_export(listing, actor=actor(), today=clock.today())
    return csv_response("reconquista.csv", GONE_HEADER, (_gone_row(gone) for gone in found))


@blueprint.post("/cancelamentos/<int:case_id>/retorno")
@requires(Permission.WRITE_CONTRACTS)
def call_again(case_id: int) -> Response:
    """Plan the day on which somebody talks to a customer who left."""
    case, form = get_case(db.session, case_id, actor=actor()), ReturnForm()
    if not form.validate() or form.return_on.data is None:
        flash("Escolha o dia do retorno.", "warning")
        return htmx.go_to(url_for("cancellations.win_back"))
    try:
        plan_return(db.session, case=case, day=form.return_on.data, actor=actor(), now=clock.now())
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(f"Retorno marcado para {format_date(form.return_on.data)}.")
    return htmx.go_to(url_for("cancellations.win_back"))


def _months(today: date) -> tuple[date, date]:
    """The first days of the month eleven months ago and of this one."""
    this = month_number(today)
    return day_in_month(this - MONTHS + 1, 1), day_in_month(this, 1)


def _churn_rows(rows: Sequence[ChurnRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        share = f"{row.basis_points // 100},{row.basis_points % 100:02d}"
        yield row.name, row.base, row.left, share, format_money_input(row.lost_cents)


def _gone_row(gone: Gone) -> tuple[object, ...]:
    case, plan_name, monthly_cents, return_at = gone
    customer = case.customer
    return (
        customer.name,
        case.partner.trade_name,
        plan_name,
        format_money_input(monthly_cents),
        format_date(case.last_day) if case.last_day else "",
        case.reason.label,
        case.words,
        format_phone(customer.phone) if customer.phone else "",
        customer.email,
        format_date(day_of(return_at)) if return_at else "",
    )
