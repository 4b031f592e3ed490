"""Confirming a charge with the customer's bank (3-D Secure), behind the link of its invoice."""

from flask import Response, url_for

from portal.contracts import queries as contract_queries
from portal.payments.operations import charging
from portal.payments.queries.cards import (
    card_settings,
    find_charge_of_invoice,
    get_open_invoice_link,
    is_being_checked,
)
from portal.payments.routes.blueprint import blueprint
from portal.payments.rules.cards import ASKED, REFUSALS, ChargeState
from portal.shared import clock, htmx, security
from portal.shared.auth import public
from portal.shared.db import db
from portal.subscriptions.queries import released_until


@blueprint.get("/pagar/<token>/confirmar")
@public
def confirm_charge(token: str) -> Response:
    """The charge that waits for the customer, or what became of it."""
    link = get_open_invoice_link(db.session, token, now=clock.now())
    charge = find_charge_of_invoice(db.session, link.subject_id)
    settings = card_settings()
    if settings is not None and charge.state is ChargeState.REQUIRES_ACTION:
        security.allow_sources(settings.content_sources)
    checking = is_being_checked(db.session, charge)
    if htmx.is_htmx() and not checking and charge.state not in ASKED:
        return htmx.go_to(url_for("payments.confirm_charge", token=token))
    answer = htmx.render(
        "payments/card_confirmation.html",
        block="state",
        charge=charge,
        is_checking=checking,
        contract=contract_queries.load_contract(db.session, charge.contract_id),
        released_until=released_until(db.session, charge.contract_id),
        token=token,
        cards=settings,
        refusals=REFUSALS,
    )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@blueprint.post("/pagar/<token>/confirmado")
@public
def charge_told(token: str) -> Response:
    """The browser says that the customer is done: the processor is asked."""
    link, now = get_open_invoice_link(db.session, token, now=clock.now()), clock.now()
    charging.check_charge_of(db.session, invoice_id=link.subject_id, now=now)
    return htmx.go_to(url_for("payments.confirm_charge", token=token))
