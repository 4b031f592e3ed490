"""A client that behaves like a browser without JavaScript and checks every page it is given."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.html import faults

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
CSRF_FIELD = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


class PortalClient(FlaskClient):
    """One person's browser: keeps cookies and the CSRF token of the last page it saw."""

    csrf_token: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.environ_base["HTTP_USER_AGENT"] = CHROME

    def known(self) -> tuple[dict[Any, Any], str | None]:
        """Its cookies, and the token of the last form it saw."""
        return dict(self._cookies or {}), self.csrf_token

    def know(self, known: tuple[dict[Any, Any], str | None]) -> None:
        """Have the cookies of then."""
        cookies, self.csrf_token = known
        self._cookies = dict(cookies)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As Flask's; an HTML answer must be valid and obey the content policy."""
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.text:
            found = faults(response.text)
            assert not found, (
                f"{response.request.path} answered bad HTML: {'; '.join(found)}\n{response.text}"
            )
            if token := CSRF_FIELD.search(response.text):
                self.csrf_token = token[1]
        return response

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form with the CSRF token of the last page seen; `GET` that page first."""
        assert self.csrf_token, f"no page with a form was opened before submitting to {path}"
        return self.post(path, data={"csrf_token": self.csrf_token} | (data or {}), **kwargs)

    def ask(self, path: str, *, method: str = "GET", **kwargs: Any) -> TestResponse:
        """Ask as htmx does, for a fragment; anything but GET carries the CSRF token."""
        headers = {"HX-Request": "true", **kwargs.pop("headers", {})}
        if method != "GET":
            kwargs["data"] = {"csrf_token": self.csrf_token} | kwargs.get("data", {})
        return self.open(path, method=method, headers=headers, **kwargs)

    def sign_in(self, email: str, password: str) -> TestResponse:
        """Sign in at the sign-in page; fails when that is refused."""
        self.get("/entrar")
        response = self.submit("/entrar", {"email": email, "password": password})
        assert response.status_code == 303, f"{email} was not signed in: {response.status}\n{response.text}"
        return response


def location(response: TestResponse) -> str:
    """Where a 303 or an HX-Redirect leads: path and query."""
    target = urlsplit(response.headers.get("HX-Redirect") or response.headers["Location"])
    return target.path + (f"?{target.query}" if target.query else "")
