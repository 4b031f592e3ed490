"""The webhook of WhatsApp: GET proves that it is ours, POST is signed over the very bytes that came."""

import hmac
import logging

from flask import Response, jsonify, request

from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.refusals import Refusal
from portal.shared.security import csrf
from portal.whatsapp.operations.hearing import accept_webhook
from portal.whatsapp.routes import blueprint
from portal.whatsapp.rules.webhooks import LARGEST_BODY, SIGNATURE_HEADER

log = logging.getLogger(__name__)


@blueprint.get("/webhooks/whatsapp")
@public
def whatsapp_challenge() -> Response:
    """What Meta asks once, when the address is set up: its challenge, to whoever knows our word."""
    settings = environment().whatsapp
    if settings is None:
        return Response("no line of WhatsApp is configured", 404, mimetype="text/plain")
    token = request.args.get("hub.verify_token", "")
    is_ours = hmac.compare_digest(token.encode(), settings.verify_token.encode())
    if not is_ours or request.args.get("hub.mode") != "subscribe":
        return Response("not accepted", 403, mimetype="text/plain")
    return Response(request.args.get("hub.challenge", ""), 200, mimetype="text/plain")


@blueprint.post("/webhooks/whatsapp")
@csrf.exempt  # type: ignore[untyped-decorator]  # Meta's server calls, and signs
@public
def whatsapp_webhook() -> tuple[Response, int]:
    """Take down what WhatsApp says and answer at once; the work is done after."""
    settings = environment().whatsapp
    if settings is None:
        return jsonify(erro="Nenhuma linha de WhatsApp configurada."), 404
    if request.content_length is None or request.content_length > LARGEST_BODY:
        return jsonify(erro="O corpo precisa declarar seu tamanho, de até 3 MB."), 413
    try:
        accept_webhook(
            db.session,
            body=request.get_data(cache=False),
            signature=request.headers.get(SIGNATURE_HEADER, ""),
            settings=settings,
            now=clock.now(),
            inside=clock.inside,
        )
    except Refusal as refusal:
        log.warning("a notice of WhatsApp was refused: %s", type(refusal).__name__)
        return jsonify(erro=refusal.message), refusal.status
    return jsonify(recebido=True), 200
