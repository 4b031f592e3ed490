"""Closing a month: what it would give each partner, and how far it is."""

from datetime import date

from flask import Response, flash, request, url_for

from portal.payouts.operations.closing import ask_to_close
from portal.payouts.queries import closing as queries
from portal.payouts.routes.blueprint import blueprint
from portal.payouts.rules import month_before, month_key, month_label, parse_month
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Refusal

MONTHS_OFFERED = 12


@blueprint.get("/repasses/fechamento")
@requires(Permission.CLOSE_PAYOUTS)
def closing() -> Response:
    """What is due of a month, at first the one that ended last, partner by partner."""
    today = clock.today()
    listing = queries.DUE_LIST.read(request.args)
    month = parse_month(listing.filter("mes")) or month_before(today)
    last = queries.find_last_closing(db.session, month)
    return htmx.render(
        "payouts/closing.html",
        month=month,
        month_name=month_label(month),
        is_over=month <= month_before(today),
        months=[(month_key(each), month_label(each)) for each in _months_before(today)],
        listing=listing,
        page=queries.list_due(db.session, listing, month=month),
        last=last,
        progress=queries.count_partners_closed(db.session, last) if last and not last.done_at else None,
    )


@blueprint.post("/repasses/fechamento")
@requires(Permission.CLOSE_PAYOUTS, confirmed=True)
def close() -> Response:
    """Have the month closed."""
    month = parse_month(request.form.get("month", ""))
    if month is None:
        raise Refusal("Escolha o mês a fechar.")
    try:
        ask_to_close(db.session, month=month, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
    else:
        flash(f"O repasse de {month_label(month)} está sendo fechado. Cada parceiro recebe o seu extrato.")
    return htmx.go_to(url_for("payouts.closing", mes=month_key(month)))


def _months_before(today: date) -> list[date]:
    months = [month_before(today)]
    while len(months) < MONTHS_OFFERED:
        months.append(month_before(months[-1]))
    return months
