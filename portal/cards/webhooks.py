"""The card processor's webhook: POST /webhooks/cartao. Kept and answered at once; looked into by jobs."""

import logging
from dataclasses import asdict
from typing import Any

from flask import Response, current_app, request

from portal.cards.operations import processor
from portal.cards.routes.blueprint import blueprint
from portal.gateways.cards.interface import CardGateway, ForgedNotice, Notice
from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.security import csrf

log = logging.getLogger(__name__)


@blueprint.post("/webhooks/cartao")
@csrf.exempt  # type: ignore[untyped-decorator]  # the processor's server calls, and signs
@public
def processor_webhook() -> Response:
    """The card processor's notices, signed by it over the very bytes that came.

    200 also for one that came before; 400, and nothing written, for one not to be believed.
    """
    gateway: CardGateway | None = current_app.extensions["portal.cards"]
    if gateway is None:
        return Response("no card processor is configured", 404, mimetype="text/plain")
    try:
        notice = gateway.read_notice(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except ForgedNotice as fault:
        log.warning("a notice of the card processor was refused: %s", fault)
        return Response("not accepted", 400, mimetype="text/plain")
    processor.record_event(
        db.session,
        event_id=notice.id,
        kind=notice.kind,
        object_id=notice.object_id,
        key=notice.key,
        charge=notice.charge,
        facts=_facts(notice),
        happened_at=clock.inside(notice.at),
        now=clock.now(),
    )
    return Response("ok", 200, mimetype="text/plain")


def _facts(notice: Notice) -> dict[str, Any]:
    """What is kept of a dispute: no word of who paid."""
    if notice.dispute is None:
        return {}
    due_at = notice.dispute.due_at
    return asdict(notice.dispute) | {"due_at": clock.inside(due_at).isoformat() if due_at else None}
