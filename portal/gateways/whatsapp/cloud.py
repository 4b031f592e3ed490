"""The WhatsApp Cloud API over plain HTTP, without its SDKs (docs/decisions/0025-whatsapp.md).

A connection that fails before anything was sent is told apart from an answer that did not come: the API knows
no idempotency, so that a message whose answer is lost must not be sent again.
"""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from portal.config import WhatsAppSettings
from portal.gateways.whatsapp.interface import (
    Outcome,
    Receiver,
    SendReport,
    TemplateMessage,
    TemplateOrder,
    TemplateReport,
    TextMessage,
)

TIMEOUT_S = 15
LARGEST_ANSWER = 256 * 1024
LANGUAGE = "pt_BR"
UNNAMED = -1  # the code of a refusal that names none


class _NotReached(Exception):
    """Nothing was sent."""


class _NoAnswer(Exception):
    """It was sent, and nothing that can be understood came back."""


class _Refused(Exception):
    """It says no, and why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class CloudApi:
    """A WhatsAppGateway."""

    def __init__(self, settings: WhatsAppSettings, *, timeout_s: float = TIMEOUT_S) -> None:
        self._settings, self._timeout_s = settings, timeout_s
        self._parts = urlsplit(settings.url)

    def send(self, message: TemplateMessage | TextMessage) -> SendReport:
        """See `WhatsAppGateway`."""
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **_to(message.to),
            **(_template(message) if isinstance(message, TemplateMessage) else _text(message)),
            "biz_opaque_callback_data": message.tag,
        }
        try:
            said = self._call("POST", f"/{self._settings.phone_id}/messages", body)
        except _Refused as refusal:
            return SendReport(outcome=Outcome.REFUSED, code=refusal.code)
        except _NotReached:
            return SendReport(outcome=Outcome.NOT_REACHED)
        except _NoAnswer:
            return SendReport(outcome=Outcome.NO_ANSWER)
        message_id = _first_id(said)
        outcome = Outcome.DONE if message_id else Outcome.NO_ANSWER
        return SendReport(outcome=outcome, message_id=message_id)

    def register(self, order: TemplateOrder) -> TemplateReport:
        """See `WhatsAppGateway`."""
        path = f"/{self._settings.account_id}/message_templates"
        asked = urlencode({"name": order.name, "fields": "name,status,category,language"})
        try:
            found = self._call("GET", f"{path}?{asked}", None).get("data") or []
            known = next((each for each in found if _is_it(each, order.name)), None)
            said = known or self._call("POST", path, _registration(order))
        except _Refused as refusal:
            return TemplateReport(outcome=Outcome.REFUSED, code=refusal.code)
        except _NotReached:
            return TemplateReport(outcome=Outcome.NOT_REACHED)
        except (_NoAnswer, AttributeError, TypeError):
            return TemplateReport(outcome=Outcome.NO_ANSWER)
        status, category = str(said.get("status") or ""), str(said.get("category") or "")
        return TemplateReport(outcome=Outcome.DONE, status=status.upper(), category=category.lower())

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """What it answers, when it is an answer. Raises one of the three above."""
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        connection = kind(self._parts.netloc, timeout=self._timeout_s)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise _NotReached from error
            try:
                return self._ask(connection, method, path, body)
            except (OSError, HTTPException, ValueError) as error:
                raise _NoAnswer from error
        finally:
            connection.close()

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._settings.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, self._parts.path + path, body=content, headers=headers)
        answer = connection.getresponse()
        said = json.loads(answer.read(LARGEST_ANSWER))
        if not isinstance(said, dict):
            raise _NoAnswer
        if isinstance(said.get("error"), dict):
            raise _Refused(_code_of(said["error"]))
        if answer.status != 200:
            raise _NoAnswer
        return said


def _to(receiver: Receiver) -> dict[str, str]:
    return {"to": receiver.phone} if receiver.phone else {"recipient": receiver.user_id}


def _template(message: TemplateMessage) -> dict[str, Any]:
    body = [{"type": "text", "parameter_name": name, "text": text} for name, text in message.fields.items()]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": body}] if body else []
    if message.button:
        last = [{"type": "text", "text": message.button}]
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": last})
    template = {"name": message.template, "language": {"code": LANGUAGE}, "components": components}
    return {"type": "template", "template": template}


def _text(message: TextMessage) -> dict[str, Any]:
    return {"type": "text", "text": {"preview_url": False, "body": message.text}}


def _registration(order: TemplateOrder) -> dict[str, Any]:
    named = [{"param_name": name, "example": text} for name, text in order.examples.items()]
    body: dict[str, Any] = {"type": "BODY", "text": order.body}
    if named:
        body["example"] = {"body_text_named_params": named}
    components = [body]
    if order.button:
        button = {
            "type": "URL",
            "text": order.button,
            "url": f"{order.button_url}{{{{1}}}}",
            "example": [f"{order.button_url}exemplo"],
        }
        components.append({"type": "BUTTONS", "buttons": [button]})
    return {
        "name": order.name,
        "language": LANGUAGE,
        "category": order.category.upper(),
        "parameter_format": "NAMED",
        "components": components,
    }


def _is_it(found: Mapping[str, Any], name: str) -> bool:
    return found.get("name") == name and found.get("language") == LANGUAGE


def _first_id(said: Mapping[str, Any]) -> str:
    messages = said.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else {}
    return str(first.get("id") or "") if isinstance(first, dict) else ""


def _code_of(error: Mapping[str, Any]) -> int:
    code = error.get("code")
    return code if isinstance(code, int) else UNNAMED
