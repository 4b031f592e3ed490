"""Reajuste of one contract: what campaigns did with it, and the hold."""

from flask import Response, flash, url_for

from portal.contracts.queries.reading import get_contract
from portal.readjustments.forms import HoldForm
from portal.readjustments.operations.holding import lift_hold, place_hold
from portal.readjustments.queries.contracts import find_hold, list_of_contract
from portal.readjustments.queries.renewals import latest_offer
from portal.readjustments.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db


@blueprint.get("/contratos/<int:contract_id>/reajuste")
@requires(Permission.SEE_READJUSTMENTS)
def of_contract(contract_id: int) -> Response:
    """Its readjustments so far, and whether it is held."""
    return _page(contract_id, HoldForm(formdata=None))


@blueprint.post("/contratos/<int:contract_id>/reajuste/suspender")
@requires(Permission.RELEASE_READJUSTMENTS, confirmed=True)
def hold(contract_id: int) -> Response:
    """Keep it from being readjusted."""
    form = HoldForm()
    contract = get_contract(db.session, contract_id, actor=actor())
    if not form.validate():
        return _page(contract_id, form, status=422)
    reason = form.reason.data or ""
    taken_back = place_hold(db.session, contract=contract, reason=reason, actor=actor(), now=clock.now())
    flash("Reajuste suspenso." + (" O que estava liberado foi desfeito." if taken_back else ""))
    return htmx.go_to(url_for("readjustments.of_contract", contract_id=contract_id))


@blueprint.post("/contratos/<int:contract_id>/reajuste/retomar")
@requires(Permission.RELEASE_READJUSTMENTS, confirmed=True)
def lift(contract_id: int) -> Response:
    """Let it be readjusted again."""
    contract = get_contract(db.session, contract_id, actor=actor())
    lift_hold(db.session, contract=contract, actor=actor(), now=clock.now())
    flash("O contrato volta a ser reajustado no próximo aniversário.")
    return htmx.go_to(url_for("readjustments.of_contract", contract_id=contract_id))


def _page(contract_id: int, form: HoldForm, *, status: int = 200) -> Response:
    return htmx.render(
        "readjustments/of_contract.html",
        status=status,
        contract=get_contract(db.session, contract_id, actor=actor()),
        hold=find_hold(db.session, contract_id),
        rows=list_of_contract(db.session, contract_id),
        offer=latest_offer(db.session, contract_id),
        form=form,
    )
