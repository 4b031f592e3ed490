"""Liberação em confiança: given from a customer's record, and what became of all of them."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from portal.contracts.rules.states import contract_label
from portal.customers.queries.reading import get_customer
from portal.overdue.models import TrustRelease
from portal.overdue.operations.trust import release_in_trust
from portal.overdue.pages.lateness import what_releases, why
from portal.overdue.queries import trust as queries
from portal.overdue.queries.standing import list_late_of_customer
from portal.overdue.routes.blueprint import blueprint
from portal.overdue.rules.trust import TrustOutcome
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response
from portal.shared.refusals import Missing, Refusal

CSV_HEADER = (
    "Cliente", "Parceiro", "Plano", "Contrato", "Suspenso em", "Liberado em", "Liberado até", "Liberado por",
    "Desfecho",
)  # fmt: skip


@blueprint.get("/clientes/<int:customer_id>/liberacao")
@requires(Permission.RELEASE_IN_TRUST)
def trust(customer_id: int) -> ResponseReturnValue:
    """What would be released and until when, or why it is not."""
    return _page(customer_id)


@blueprint.post("/clientes/<int:customer_id>/liberacao")
@requires(Permission.RELEASE_IN_TRUST)
def trust_give(customer_id: int) -> ResponseReturnValue:
    """Give a customer its service back for some days."""
    customer = get_customer(db.session, customer_id, actor=actor())
    try:
        releases = release_in_trust(db.session, customer, actor=actor(), now=clock.now())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _page(customer_id, refusal=refusal)
    flash(f"Liberado em confiança até {format_date(releases[0].until_on)}. O cliente recebe um e-mail.")
    return htmx.go_to(url_for("customers.record", customer_id=customer_id))


@blueprint.get("/liberacoes")
@requires(Permission.SEE_CONTRACTS)
def trust_index() -> Response:
    """All releases, newest first, and how many were paid."""
    listing, today = queries.TRUST_LIST.read(request.args), clock.today()
    page = queries.list_releases(db.session, listing, actor=actor(), today=today)
    return htmx.render(
        "overdue/trust_index.html",
        listing=listing,
        page=page,
        outcome_of=TrustOutcome,
        outcomes=TrustOutcome.choices(),
        counts=queries.count_by_outcome(db.session, actor=actor(), today=today),
    )


@blueprint.get("/liberacoes.csv")
@requires(Permission.SEE_CONTRACTS)
def trust_export() -> Response:
    """The same list for a spreadsheet."""
    listing, today = queries.TRUST_LIST.read(request.args), clock.today()
    found = queries.list_for_export(listing, actor=actor(), today=today)
    return csv_response("liberacoes-em-confianca.csv", CSV_HEADER, _rows(found))


def _rows(releases: Iterator[Row[TrustRelease, str]]) -> Iterator[tuple[object, ...]]:
    for release, outcome in releases:
        yield (
            release.customer.name,
            release.partner.trade_name,
            release.subscription.plan_name,
            contract_label(release.contract_id),
            datetime_br(release.suspension.suspended_at),
            datetime_br(release.given_at),
            format_date(release.until_on),
            release.given_by.name if release.given_by else "o próprio cliente",
            TrustOutcome(outcome).label,
        )


def _page(customer_id: int, *, refusal: Refusal | None = None) -> Response:
    customer, today = get_customer(db.session, customer_id, actor=actor()), clock.today()
    late = list_late_of_customer(db.session, customer_id, today=today)
    suspended = queries.list_suspended(db.session, customer_id)
    contracts = {each.contract_id for each in suspended}
    return htmx.render(
        "overdue/trust.html",
        status=refusal.status if refusal else 200,
        customer=customer,
        services=[
            (each.plan_name, f"{why(each, today)} {what_releases(each, today)}")
            for each in late
            if each.contract_id in contracts
        ],
        offer=queries.offer_to(db.session, customer_id, today=today),
        refusal=refusal,
    )
