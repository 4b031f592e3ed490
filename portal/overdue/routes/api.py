"""`GET /api/acesso/<documento>`: is the service released? For the sold software, which has a key."""

from flask import Response, jsonify, render_template
from flask import request as asked
from flask.typing import ResponseReturnValue

from portal.overdue.operations.access import use_key
from portal.overdue.pages import openapi
from portal.overdue.queries.access import services_of
from portal.overdue.routes.blueprint import blueprint
from portal.overdue.rules.access import PER_MINUTE, AccessReason, AccessState, access_to
from portal.shared import clock
from portal.shared.auth import public
from portal.shared.brazil import clean_document
from portal.shared.db import db
from portal.shared.mail import post_office

A_MINUTE_S = 60


@blueprint.get("/api/acesso/<path:document>")
@public
def access(document: str) -> ResponseReturnValue:
    """The answer for the product of the key; a document that nobody has is like one without service."""
    now = clock.now()
    kind, _, secret = asked.headers.get("Authorization", "").partition(" ")
    used = use_key(db.session, secret.strip(), now=now) if kind.lower() == "bearer" else None
    if used is None:
        return _refused(openapi.ERRORS["401"], 401, {"WWW-Authenticate": "Bearer"})
    plan, count = used
    if count > PER_MINUTE:
        return _refused(openapi.ERRORS["429"], 429, {"Retry-After": str(A_MINUTE_S - now.second)})
    document, today = _cleaned(document), clock.day_of(now)
    answer = access_to(services_of(db.session, document=document, plan=plan, today=today), today)
    return jsonify(
        documento=document,
        liberado=answer.is_released,
        liberado_ate=answer.until.isoformat() if answer.until else None,
        situacao=answer.state.value,
        motivo=answer.reason.value if answer.reason else None,
    )


@blueprint.get("/api/openapi.json")
@public
def openapi_document() -> ResponseReturnValue:
    """The interface for programs."""
    return jsonify(openapi.openapi(post_office().base_url))


@blueprint.get("/api")
@public
def api_page() -> ResponseReturnValue:
    """The interface for people who write programs."""
    return render_template(
        "overdue/api.html",
        openapi=openapi,
        states=list(AccessState),
        reasons=list(AccessReason),
        base_url=post_office().base_url,
        per_minute=PER_MINUTE,
    )


def _cleaned(document: str) -> str:
    """As documents are kept; what is none is answered like one that nobody has."""
    try:
        return clean_document(document)
    except ValueError:
        return "".join(letter for letter in document if letter.isalnum())[:20]


def _refused(words: str, status: int, headers: dict[str, str]) -> Response:
    response = jsonify(erro=words)
    response.status_code = status
    response.headers.update(headers)
    return response
