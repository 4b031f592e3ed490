"""Renovação: the next term at the price of now, accepted by the customer."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.contracts.queries.reading import breakdown_of, load_contract
from portal.readjustments.operations.renewing import accept_renewal
from portal.readjustments.queries.renewals import get_own_offer, is_valid
from portal.shared import clock
from portal.shared.brazil import format_date
from portal.shared.db import db
from portal.shared.htmx import go_to
from portal.shared.refusals import Refusal
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own, subscriber


@blueprint.get("/renovacoes/<int:offer_id>")
@for_company
def renewal(offer_id: int) -> ResponseReturnValue:
    """What is offered, and until when."""
    offer = get_own_offer(db.session, offer_id, customer_id=company().customer_id)
    contract = load_contract(db.session, offer.contract_id)
    return render_own(
        "subscribers/renewal.html",
        offer=offer,
        contract=contract,
        plan=breakdown_of(contract).lines[0].label,
        is_open=is_valid(db.session, offer.id, today=clock.today()),
    )


@blueprint.post("/renovacoes/<int:offer_id>")
@for_company
def accept(offer_id: int) -> ResponseReturnValue:
    """Accept it."""
    offer = get_own_offer(db.session, offer_id, customer_id=company().customer_id)
    try:
        accept_renewal(db.session, offer=offer, actor=None, address=subscriber().email, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(f"Renovado. O preço fica o mesmo até {format_date(offer.ends_on)}.")
    return go_to(url_for("subscribers.renewal", offer_id=offer_id))
