"""Privacidade: what is kept about a customer, taken along, and the request to erase it."""

from flask import Response, current_app, flash, url_for
from flask.typing import ResponseReturnValue

from portal.customers.queries.reading import load_customer
from portal.shared import clock
from portal.shared.db import db
from portal.shared.htmx import go_to
from portal.subscribers.operations.privacy import ask_for_erasure
from portal.subscribers.queries.personal_data import personal_data
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, subscriber


@blueprint.get("/dados.json")
@for_company
def data_export() -> ResponseReturnValue:
    """All of it, in a form that programs read too."""
    customer = load_customer(db.session, company().customer_id)
    body = current_app.json.dumps(
        personal_data(db.session, customer, email=subscriber().email),
        ensure_ascii=False,
        indent=2,
        default=_plain,
    )
    return Response(
        body,
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="meus-dados.json"'},
    )


@blueprint.post("/dados/exclusao")
@for_company
def ask_erasure() -> ResponseReturnValue:
    """Ask an admin to erase what the law does not make us keep."""
    customer = load_customer(db.session, company().customer_id)
    ask_for_erasure(db.session, customer=customer, email=subscriber().email, now=clock.now())
    flash("Pedido registrado. Respondemos em até 15 dias, por este e-mail.")
    return go_to(url_for("subscribers.registration"))


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
