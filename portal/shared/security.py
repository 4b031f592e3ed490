"""What every request must bring and every answer carry: CSRF token, strict content policy, no Referer."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

from portal.shared.input import TypedRequest

csrf: Any = CSRFProtect()

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
STATIC_CACHE_SECONDS = 365 * 24 * 3600
CACHED = frozenset({200, 206, 304})
STATIC = "/static/"
_SIGNER = "portal.session_signer"


class PageSessions(SecureCookieSessionInterface):
    """Cookies for pages. A file is the same for everybody and kept by caches between, so it has none."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not request.path.startswith(STATIC):
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Made once for an app, not once for a request: it holds the key alone."""
        if _SIGNER not in app.extensions:
            app.extensions[_SIGNER] = super().get_signing_serializer(app)
        signer: URLSafeTimedSerializer | None = app.extensions[_SIGNER]
        return signer


def init_app(app: Flask, *, https: bool) -> None:
    """CSRF tokens on every write, security headers on every answer, private caching of pages."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        # Browsers take a cookie of such a name over https only, for this host alone and all its paths.
        SESSION_COOKIE_NAME="__Host-session" if https else "session",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session; a page left open overnight still works
        WTF_CSRF_SSL_STRICT=False,  # we send no Referer, SameSite and the token do the work
    )
    csrf.init_app(app)
    app.request_class = TypedRequest

    headers = list(HEADERS.items())
    if https:
        headers.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.extend(headers)
        if "content_sources" in g:
            response.headers["Content-Security-Policy"] = extended_policy(g.content_sources)
        if request.endpoint == "static" and response.status_code in CACHED:
            # For good: an address names one content of the file (`static_url`).
            response.headers["Cache-Control"] = f"public, max-age={STATIC_CACHE_SECONDS}, immutable"
        elif request.path.startswith(STATIC):
            response.headers["Cache-Control"] = "no-store"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def allow_sources(sources: Mapping[str, Iterable[str]]) -> None:
    """Let this one answer's page use other hosts too: directive → hosts, e.g. the card processor's script."""
    g.content_sources = sources


def extended_policy(sources: Mapping[str, Iterable[str]]) -> str:
    """The content policy with these hosts added to its directives."""
    directives = dict(part.split(" ", 1) for part in CONTENT_POLICY.split("; "))
    for name, hosts in sources.items():
        directives[name] = " ".join((*directives.get(name, "").split(), *hosts))
    return "; ".join(f"{name} {values}" for name, values in directives.items())


def is_same_origin() -> bool:
    """Whether the browser says that the request comes from a page of ours. Silence is a no."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")
