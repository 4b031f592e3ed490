"""The customer record (ficha): who it is, what waits for somebody, and its timeline."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.customers import rules
from portal.customers.queries import reading as queries
from portal.customers.queries.history import HISTORY_LIST, list_history, list_latest_history
from portal.customers.queries.months import months_of_service
from portal.customers.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.filters import fingerprint

LATEST = 5


@blueprint.get("/clientes/<int:customer_id>")
@requires(Permission.SEE_CUSTOMERS)
def record(customer_id: int) -> ResponseReturnValue:
    """Resumo: the registration, and what happened last."""
    customer = queries.get_customer(db.session, customer_id, actor=actor())
    return htmx.render(
        "customers/summary.html",
        customer=customer,
        situation=queries.situation_of(db.session, actor(), customer, now=clock.now()),
        missing=rules.missing_parts(queries.details_of(customer)),
        months_paid=months_of_service(
            db.session, actor=actor(), customer_id=customer.id, today=clock.today()
        ),
        latest=list_latest_history(db.session, customer, LATEST),
    )


@blueprint.get("/clientes/<int:customer_id>/pendencias")
@requires(Permission.SEE_CUSTOMERS)
def needs(customer_id: int) -> ResponseReturnValue:
    """What waits for somebody, asked by an open record: nothing while it is what that shows (`?vistas=`)."""
    if not htmx.is_htmx():
        return record(customer_id)
    customer = queries.get_customer(db.session, customer_id, actor=actor())
    situation = queries.situation_of(db.session, actor(), customer, now=clock.now())
    missing = rules.missing_parts(queries.details_of(customer))
    texts = [*(need.text for need in situation.needs), *missing]
    if fingerprint(texts) == request.args.get("vistas"):
        return Response(status=204)
    return htmx.render(
        "customers/record.html", block="needs", customer=customer, situation=situation, missing=missing
    )


@blueprint.get("/clientes/<int:customer_id>/movimentacoes")
@requires(Permission.SEE_CUSTOMERS)
def history(customer_id: int) -> ResponseReturnValue:
    """Movimentações: everything that happened to the customer, newest first."""
    customer = queries.get_customer(db.session, customer_id, actor=actor())
    listing = HISTORY_LIST.read(request.args)
    return htmx.render(
        "customers/history.html",
        customer=customer,
        situation=queries.situation_of(db.session, actor(), customer, now=clock.now()),
        missing=rules.missing_parts(queries.details_of(customer)),
        listing=listing,
        page=list_history(db.session, customer, listing),
        kinds=[(code, label) for code, (label, _) in rules.HISTORY_KINDS.items()],
    )
