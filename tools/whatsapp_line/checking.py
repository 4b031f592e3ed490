"""What the line refuses, by the codes of the Cloud API."""

import re
from typing import Any

from tools.whatsapp_line.store import Store

LONGEST_BODY = 1_024
_FIELD = re.compile(r"\{\{([a-z0-9_]+)\}\}")
_UNPRINTABLE = re.compile(r"[\n\t]| {5,}")
PARAMETER, UNDELIVERABLE, COUNT, MISSING, POLICY, PAUSED, DISABLED = (
    100, 131026, 132000, 132001, 132018, 132015, 132016,
)  # fmt: skip


class Refusal(Exception):
    """Refused; `code` as the API says it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def check_message(said: dict[str, Any], store: Store) -> str:
    """To whom a message is; raises Refusal."""
    receiver = said.get("to") or said.get("recipient")
    if said.get("messaging_product") != "whatsapp" or not isinstance(receiver, str):
        raise Refusal(PARAMETER)
    if said.get("to") and not re.fullmatch(r"[0-9]{11,15}", said["to"]):
        raise Refusal(PARAMETER)
    if said.get("type") == "text":
        return receiver
    template = said["template"]
    known = store.find_template(template["name"])
    if known is None or template["language"]["code"] != "pt_BR":
        raise Refusal(MISSING)
    if known["status"] != "APPROVED":
        raise Refusal({"PAUSED": PAUSED, "DISABLED": DISABLED}.get(known["status"], MISSING))
    parts = {part["type"]: part["parameters"] for part in template.get("components", [])}
    given = {each["parameter_name"]: each["text"] for each in parts.get("body", [])}
    if set(given) != set(_FIELD.findall(known["body"])):
        raise Refusal(COUNT)
    if any(not text or _UNPRINTABLE.search(text) for text in given.values()):
        raise Refusal(POLICY)
    return receiver


def check_template(said: dict[str, Any]) -> str:
    """The body of a template that may be registered; raises Refusal."""
    (body,) = (part for part in said["components"] if part["type"] == "BODY")
    text, fields = body["text"], _FIELD.findall(body["text"])
    named = [each["param_name"] for each in body.get("example", {}).get("body_text_named_params", [])]
    if said["language"] != "pt_BR" or said["category"] not in ("UTILITY", "MARKETING"):
        raise Refusal(PARAMETER)
    if len(text) > LONGEST_BODY or sorted(named) != sorted(fields) or len(set(fields)) < len(fields):
        raise Refusal(PARAMETER)
    if text.startswith("{{") or text.endswith("}}") or "\n\n\n" in text:
        raise Refusal(PARAMETER)
    if not re.fullmatch(r"[a-z0-9_]{1,512}", said["name"]):
        raise Refusal(PARAMETER)
    return str(text)
