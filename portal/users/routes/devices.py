"""From where a request comes, and the mark of a browser in which somebody signed in before.

The mark is a cookie of its own, signed, that outlives signing out. It gives access to nothing: it keeps
attempts of strangers from slowing its holder down.
"""

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from portal.shared import clock
from portal.shared.db import db
from portal.users.operations.devices import KNOWN_FOR, remember_device
from portal.users.rules import Origin


def origin() -> Origin:
    """From where this request comes."""
    return Origin(address=request.remote_addr or "", user_agent=request.user_agent.string)


def mark() -> str | None:
    """The token of this browser's mark."""
    try:
        token = _serializer().loads(request.cookies.get(_name(), ""))
    except BadSignature:
        return None
    return token if isinstance(token, str) else None


def remember(user_id: int) -> None:
    """Mark this browser as one in which the person signed in."""
    token = remember_device(db.session, user_id=user_id, device=mark(), now=clock.now())

    @after_this_request
    def set_mark(response: Response) -> Response:
        response.set_cookie(
            _name(),
            str(_serializer().dumps(token)),
            max_age=KNOWN_FOR,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _name() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known-device")
