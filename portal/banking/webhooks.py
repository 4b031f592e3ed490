"""The bank's webhook: POST /webhooks/banco, signed; JSON of Pix and TED credits, or a return file as text."""

from flask import Response, jsonify, request

from portal.banking.operations.bank_notices import accept_notice, note_refused_file
from portal.banking.queries.account import bank_settings
from portal.banking.routes.blueprint import blueprint
from portal.banking.rules.bank_notices import LARGEST_BODY, SIGNATURE_HEADER
from portal.banking.rules.return_lines import UnreadableFile
from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.refusals import Refusal
from portal.shared.security import csrf

FILE_TYPES = frozenset({"text/plain", "application/octet-stream"})


@blueprint.post("/webhooks/banco")
@csrf.exempt  # type: ignore[untyped-decorator]  # the bank's server calls, and signs
@public
def bank_webhook() -> tuple[Response, int]:
    """Take down what the bank says and answer at once; the work is done after."""
    if request.content_length is None or request.content_length > LARGEST_BODY:
        return jsonify(erro="O corpo precisa declarar seu tamanho, de até 1 MB."), 413
    body = request.get_data(cache=False)
    try:
        accept_notice(
            db.session,
            body=body,
            signature=request.headers.get(SIGNATURE_HEADER, ""),
            is_file=request.mimetype in FILE_TYPES,
            secret=bank_settings().webhook_secret,
            now=clock.now(),
        )
    except UnreadableFile as refusal:
        note_refused_file(db.session, body=body, why=refusal.message, now=clock.now())
        db.session.commit()  # finance hears of it, whatever the bank makes of the answer
        return jsonify(erro=refusal.message), refusal.status
    except Refusal as refusal:
        return jsonify(erro=refusal.message), refusal.status
    return jsonify(recebido=True), 200
