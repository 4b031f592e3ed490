"""Indicações: the code a customer passes on, and what came of it."""

from flask.typing import ResponseReturnValue

from portal.referrals.pages import referral_offer
from portal.referrals.queries.listing import list_made_by
from portal.shared.db import db
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own


@blueprint.get("/indicacoes")
@for_company
def referrals() -> ResponseReturnValue:
    """Its code, ready to be passed on, and whom it brought, without their names."""
    customer_id = company().customer_id
    return render_own(
        "subscribers/referrals.html",
        offer=referral_offer(db.session, customer_id),
        made=list_made_by(db.session, customer_id),
    )
