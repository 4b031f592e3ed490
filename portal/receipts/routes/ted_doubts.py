"""TEDs the bank told of that may be ones a person confirmed: finance says so."""

from flask import Response, flash, url_for

from portal.receipts.operations.ted_credits import decide_doubt
from portal.receipts.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Missing, Refusal

DECISIONS = {
    "mesma": (True, "É a mesma TED: nada entra de novo."),
    "outra": (False, "É outra TED: o pagamento está em A conferir."),
}


@blueprint.post("/pagamentos/teds/duvidas/<int:credit_id>/<any(mesma, outra):decision>")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def ted_doubt(credit_id: int, decision: str) -> Response:
    """The same as the one that was confirmed, or another one."""
    is_same, said = DECISIONS[decision]
    try:
        decide_doubt(db.session, credit_id=credit_id, is_same=is_same, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        if isinstance(refusal, Missing):
            raise
        flash(refusal.message, "warning")
    else:
        flash(said)
    return htmx.go_to(url_for("receipts.teds"))
