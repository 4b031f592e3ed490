"""The Pix interface of the bank of the tests: PUT /banco-de-teste/pix/<e2eid>/devolucao/<id>."""

import hmac
import re

from flask import Response, jsonify, request

from portal.banking.queries.account import bank_settings
from portal.sandbox_bank.operations.giving_back import ReturnAsked, give_pix_back
from portal.sandbox_bank.routes.blueprint import blueprint
from portal.sandbox_bank.rules.returned_pix import ReturnSaid, as_json
from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.refusals import Missing, Refusal
from portal.shared.security import csrf

AMOUNT = re.compile(r"([0-9]{1,10})\.([0-9]{2})", re.ASCII)


@blueprint.put("/banco-de-teste/pix/<end_to_end_id>/devolucao/<key>")
@csrf.exempt  # type: ignore[untyped-decorator]  # a program calls, with a token of its own
@public
def return_pix(end_to_end_id: str, key: str) -> tuple[Response, int]:
    """Take the order; that it went is told by a notice, and by asking again."""
    settings = bank_settings()
    if not settings.sandbox:
        raise Missing
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(token.encode(), settings.pix_token.encode()):
        return _problem("O token não é válido.", 403)
    body = request.get_json(silent=True)
    match = AMOUNT.fullmatch(str(body.get("valor", ""))) if isinstance(body, dict) else None
    if match is None:
        return _problem("Escreva o valor, por exemplo 10.00.", 400)
    cents, now = int(match[1]) * 100 + int(match[2]), clock.now()
    asked = ReturnAsked(end_to_end_id=end_to_end_id, key=key, amount_cents=cents)
    try:
        is_new = give_pix_back(db.session, asked=asked, secret=settings.webhook_secret, now=now)
    except Refusal as refusal:
        return _problem(refusal.message, refusal.status)
    status = "EM_PROCESSAMENTO" if is_new else "DEVOLVIDO"
    said = ReturnSaid(key=key, amount_cents=cents, status=status, at=now)
    return jsonify(as_json(said)), 201 if is_new else 200


def _problem(detail: str, status: int) -> tuple[Response, int]:
    return jsonify(type="about:blank", title="Devolução recusada", status=status, detail=detail), status
