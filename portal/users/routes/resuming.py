"""What was typed into a form whose session had ended, carried through the sign-in page.

It travels in the page itself, signed, never in the cookie or the database. After signing in the
person is offered to send it; nothing is sent without that click, and then as by any other form.
"""

import re
from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.shared.security import is_same_origin

OFFERED_FOR_SECONDS = 24 * 3600
LARGEST_FORM = 200_000
# By how a name ends: "password_reset_valid_minutes" is a number of the settings page, and no secret.
SECRET_FIELD = re.compile(r"(?:password|password_again|senha|csrf_token|passkey)$")


@dataclass(frozen=True, slots=True)
class Resumption:
    """A form to send again: where to, and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool

    def packed(self) -> str:
        """As text for a hidden field."""
        return str(_serializer().dumps([self.path, self.fields, self.had_files]))


def of_this_request() -> Resumption | None:
    """The form being sent, if a page of ours sent it and it is not too large to carry."""
    if request.method != "POST" or not is_same_origin():
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if not _is_secret(name))
    if sum(len(name) + len(value) for name, value in fields) > LARGEST_FORM:
        return None
    had_files = any(file.filename for file in request.files.values())
    return Resumption(request.full_path.rstrip("?"), fields, had_files)


def unpack(text: str) -> Resumption | None:
    """What `packed` wrote, unless somebody changed it or it is older than a day."""
    if not text:
        return None
    try:
        path, fields, had_files = _serializer().loads(text, max_age=OFFERED_FOR_SECONDS)
    except BadData:
        return None
    return Resumption(path, tuple((name, value) for name, value in fields), had_files)


def _is_secret(name: str) -> bool:
    return SECRET_FIELD.search(name.lower()) is not None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="form-to-resume")
