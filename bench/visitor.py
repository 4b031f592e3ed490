"""Somebody signed in who looks at pages, to find the requests that are then repeated under load."""

import http.cookiejar
import re
from html.parser import HTMLParser
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from flask.testing import FlaskClient

from portal.demo.accounts import PASSWORD

CSRF = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def sign_in(self, email: str) -> None:
        """Sign in as one of the demonstration's people."""
        token = csrf_token(self.get("/entrar"))
        self.post("/entrar", {"csrf_token": token, "email": email, "password": PASSWORD})

    def get(self, path: str) -> str:
        with self.opener.open(self.base + path, timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, path: str, fields: dict[str, str], *, htmx: bool = False) -> str:
        headers = {"HX-Request": "true"} if htmx else {}
        request = Request(self.base + path, urlencode(fields).encode(), headers)
        with self.opener.open(request, timeout=60) as answer:
            return str(answer.read().decode())

    def request_bytes(self, method: str, path: str, fields: dict[str, str] | None = None) -> bytes:
        """The request as it goes over the wire, signed in."""
        body = urlencode(fields).encode() if fields else b""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookies}"]
        if body:
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
                "HX-Request: true",
                f"X-CSRFToken: {(fields or {})['csrf_token']}",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + body


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and self.forms and "selected" in given:
            self.forms[-1][self._select] = given.get("value", "")
        elif tag == "input" and self.forms and given.get("name"):
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1][given["name"]] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None


def form_in(page: str, field: str) -> dict[str, str]:
    """The fields of the form on a page that holds `field`, as a browser would send them."""
    reader = _FormReader()
    reader.feed(page)
    return next(form for form in reader.forms if field in form)


def sign_in_here(browser: FlaskClient, email: str) -> None:
    """Sign in as one of the demonstration's people, without a server."""
    token = csrf_token(browser.get("/entrar").text)
    browser.post("/entrar", data={"csrf_token": token, "email": email, "password": PASSWORD})


def csrf_token(page: str) -> str:
    """The token of the first form on a page."""
    found = CSRF.search(page)
    if found is None:
        raise RuntimeError("no form on the page")
    return found[1]
