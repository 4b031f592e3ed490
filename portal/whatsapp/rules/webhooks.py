"""What WhatsApp tells us by itself: signed, taken apart, each thing known by a key of its own. Pure."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Refusal

SIGNATURE_HEADER = "X-Hub-Signature-256"
LARGEST_BODY = 3 * 1024 * 1024
MOST_ITEMS = 2_000
LATEST_YEAR = 2200


class EventKind(LabeledEnum):
    """What a thing that we are told is about."""

    STATUS = "status", "Situação de uma mensagem"
    MESSAGE = "message", "Mensagem recebida"
    PREFERENCE = "preference", "Preferência"
    TEMPLATE = "template", "Situação de um modelo"
    OTHER = "other", "Outro aviso"


class Told(NamedTuple):
    """One thing. `key` is the same however often and in whatever company it is told."""

    key: str
    kind: EventKind
    body: dict[str, Any]


class Forged(Refusal):
    """Not signed by WhatsApp: nothing is written (invariant S3)."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Assinatura ausente ou errada.")


class Unreadable(Refusal):
    """Signed, but not in the shape of a webhook: nothing is written."""

    def __init__(self) -> None:
        super().__init__("O corpo não está no formato combinado.")


def require_signature(header: str, body: bytes, *, secret: str) -> None:
    """Whether WhatsApp signed these very bytes. Raises Forged."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), header.encode("utf-8", "replace")):
        raise Forged


def read_webhook(body: bytes, *, account_id: str, phone_id: str) -> list[Told]:
    """Everything a call tells of our account and line, however many entries and changes it has.

    Raises:
        Unreadable: it is no webhook.
    """
    try:
        said = json.loads(body)
        entries = said["entry"]
        found = [
            told
            for entry in entries
            if str(entry.get("id")) == account_id
            for change in entry["changes"]
            for told in _of_change(change, phone_id)
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Unreadable from None
    if len(found) > MOST_ITEMS:
        raise Unreadable
    return list({told.key: told for told in found}.values())


def _of_change(change: Mapping[str, Any], phone_id: str) -> Iterator[Told]:
    field, value = str(change["field"]), change["value"]
    if field == "message_template_status_update":
        name, event = value["message_template_name"], value["event"]
        yield _told(EventKind.TEMPLATE, value, name, event, value.get("timestamp"), value.get("reason"))
        return
    line = value.get("metadata", {}).get("phone_number_id")
    if line is not None and str(line) != phone_id:
        return  # another line of the account: not ours to know
    known = False
    for each in value.get("statuses") or ():
        known = True
        yield _told(EventKind.STATUS, each, each["id"], each["status"], each.get("timestamp"))
    names = {str(who.get("wa_id") or who.get("user_id")): who for who in value.get("contacts") or ()}
    for each in value.get("messages") or ():
        known = True
        who = names.get(str(each.get("from") or each.get("from_user_id")), {})
        yield _told(EventKind.MESSAGE, each | {"_user_id": who.get("user_id", "")}, each["id"])
    for each in value.get("user_preferences") or ():
        known = True
        yield _told(EventKind.PREFERENCE, each, json.dumps(each, sort_keys=True))
    if not known:
        yield _told(EventKind.OTHER, {"field": field}, field, json.dumps(value, sort_keys=True))


def _told(kind: EventKind, body: Mapping[str, Any], *names: object) -> Told:
    digest = hashlib.sha256("\n".join(str(name) for name in names).encode()).hexdigest()
    return Told(f"{kind.value}:{digest}", kind, dict(body))


def instant_of(body: Mapping[str, Any], *, otherwise: datetime) -> datetime:
    """When it happened, in seconds since 1970; `otherwise` where that says nothing."""
    try:
        found = datetime.fromtimestamp(int(body["timestamp"]), UTC)
    except (LookupError, ValueError, TypeError, OverflowError, OSError):
        return otherwise
    return found if found.year < LATEST_YEAR else otherwise


def in_our_time(body: Mapping[str, Any], inside: Callable[[datetime], datetime]) -> dict[str, Any]:
    """What is told, its instant by the portal's clock, which a demonstration moves."""
    epoch = datetime.fromtimestamp(0, UTC)
    at = instant_of(body, otherwise=epoch)
    return dict(body) if at == epoch else {**body, "timestamp": str(int(inside(at).timestamp()))}


def text_of(body: Mapping[str, Any]) -> str:
    """What somebody wrote or chose; of a picture or a voice message, only that it is one."""
    kind = str(body.get("type") or "")
    part = body.get(kind)
    if isinstance(part, dict):
        reply = part.get("button_reply") or part.get("list_reply") or {}
        for found in (part.get("body"), part.get("text"), part.get("caption"), reply.get("title")):
            if isinstance(found, str) and found.strip():
                return found.strip()
    words = {
        "audio": "áudio",
        "image": "imagem",
        "video": "vídeo",
        "document": "documento",
        "sticker": "figurinha",
    }
    return f"({words.get(kind, 'outro tipo de mensagem')})"
