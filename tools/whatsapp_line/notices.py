"""What the line tells the portal, in the shape of the Cloud API's webhook, signed over the very bytes."""

import hashlib
import hmac
from typing import Any

ACCOUNT, PHONE = "900000000000001", "800000000000001"
SIGNATURE_HEADER = "X-Hub-Signature-256"


def signature(body: bytes, secret: str) -> str:
    """What stands beside a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def changes(*values: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    """One call about so many changes."""
    told = [{"field": field, "value": value} for value in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": told}]}


def status(
    wamid: str, name: str, at: int, *, to: str = "", user_id: str = "", tag: str = "", code: int = 0
) -> dict[str, Any]:
    """A message was sent, delivered, read, or failed by a code."""
    said: dict[str, Any] = {"id": wamid, "status": name, "timestamp": str(at)}
    said |= {"recipient_id": to} if to else {}
    said |= {"recipient_user_id": user_id} if user_id else {}
    said |= {"biz_opaque_callback_data": tag} if tag else {}
    if name in ("sent", "delivered", "read"):
        said["pricing"] = {"billable": name != "sent", "pricing_model": "PMP", "category": "utility"}
    if code:
        said["errors"] = [{"code": code, "title": "Message undeliverable"}]
    return _value(statuses=[said])


def inbound(wamid: str, text: str, at: int, *, phone: str = "", user_id: str = "") -> dict[str, Any]:
    """Somebody wrote."""
    said: dict[str, Any] = {"id": wamid, "timestamp": str(at), "type": "text", "text": {"body": text}}
    said |= {"from": phone} if phone else {}
    said |= {"from_user_id": user_id} if user_id else {}
    who = {"profile": {"name": "Maria"}} | ({"wa_id": phone} if phone else {})
    who |= {"user_id": user_id} if user_id else {}
    return _value(contacts=[who], messages=[said])


def preference(at: int, *, phone: str, value: str = "stop") -> dict[str, Any]:
    """Somebody wants no more offers, or wants them again."""
    said = {"wa_id": phone, "category": "marketing_messages", "value": value, "timestamp": at}
    return _value(user_preferences=[said])


def template_status(name: str, event: str, reason: str = "NONE") -> dict[str, Any]:
    """A template was approved, rejected, paused, disabled."""
    return {
        "event": event,
        "message_template_name": name,
        "message_template_language": "pt_BR",
        "reason": reason,
    }


def _value(**what: Any) -> dict[str, Any]:
    line = {"display_phone_number": "5548990000000", "phone_number_id": PHONE}
    return {"messaging_product": "whatsapp", "metadata": line, **what}
