"""Liberação em confiança, by the customer alone."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.customers.models import Customer
from portal.overdue.operations.trust import release_in_trust
from portal.shared import clock
from portal.shared.brazil import format_date
from portal.shared.db import db
from portal.shared.htmx import go_to
from portal.shared.refusals import Refusal
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, subscriber


@blueprint.post("/liberacao")
@for_company
def release() -> ResponseReturnValue:
    """Give every suspended service back for some days."""
    customer = db.session.get_one(Customer, company().customer_id)
    try:
        releases = release_in_trust(
            db.session, customer, actor=None, given_to=subscriber().email, now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(f"Seu serviço está liberado até {format_date(releases[0].until_on)}.")
    return go_to(url_for("subscribers.home"))
