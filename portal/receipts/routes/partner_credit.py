"""Crédito de parceiros: what partners that owe invoices themselves have left, where it came from, its use."""

from flask import Response

from portal.receipts.pages import partners_with_credit
from portal.receipts.routes.around import around
from portal.receipts.routes.blueprint import blueprint
from portal.shared import htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db


@blueprint.get("/pagamentos/credito-de-parceiros")
@requires(Permission.SEE_PAYMENTS)
def partner_credit() -> Response:
    """Partners with credit of their own, each with it."""
    found = partners_with_credit(db.session, actor())
    return htmx.render("receipts/partner_credit.html", partners=found, **around())
