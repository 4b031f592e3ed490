"""Confirming a charge with the customer's bank (3-D Secure), behind the link of its invoice."""

from flask import Response, url_for

from portal.cards.operations import charging
from portal.cards.pages.links import charge_page
from portal.cards.queries.cards import card_settings, get_open_invoice_link
from portal.cards.routes.blueprint import blueprint
from portal.cards.rules.cards import REFUSALS, ChargeState
from portal.shared import clock, htmx, security
from portal.shared.auth import public
from portal.shared.db import db


@blueprint.get("/pagar/<token>/confirmar")
@public
def confirm_charge(token: str) -> Response:
    """The charge that waits for the customer, or what became of it."""
    link = get_open_invoice_link(db.session, token, now=clock.now())
    page, settings = charge_page(db.session, link.subject_id), card_settings()
    if settings is not None and page.charge.state is ChargeState.REQUIRES_ACTION:
        security.allow_sources(settings.content_sources)
    if htmx.is_htmx() and not page.waits:
        return htmx.go_to(url_for("cards.confirm_charge", token=token))
    answer = htmx.render(
        "cards/confirmation.html",
        block="state",
        page=page,
        charge=page.charge,
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
    return htmx.go_to(url_for("cards.confirm_charge", token=token))
