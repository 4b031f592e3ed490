"""What Stripe's notices say, strictly read: what is not as agreed is not believed."""

from datetime import UTC, datetime
from typing import Any

from portal.gateways.cards.interface import DisputeFacts, Notice

KEY = "portal_key"
DISPUTES = "charge.dispute."
LONGEST_WORD = 255


def read(event: Any) -> Notice:
    """What an event says, of whatever kind it is: some are about a thing without an id, some about none.

    Raises:
        TypeError, ValueError, LookupError: it is no event as Stripe sends them.
    """
    if not isinstance(event, dict):
        raise TypeError
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    thing = thing if isinstance(thing, dict) else {}
    metadata = thing.get("metadata")
    return Notice(
        id=_word(event["id"]),
        kind=_word(event["type"]),
        object_id=_word(thing.get("id") or "", may_be_empty=True),
        key=_word(metadata.get(KEY) or "", may_be_empty=True) if isinstance(metadata, dict) else "",
        at=_instant(event["created"]),
        charge=_word(thing.get("payment_intent") or "", may_be_empty=True),
        dispute=_dispute(thing) if str(event["type"]).startswith(DISPUTES) else None,
    )


def _dispute(thing: dict[str, Any]) -> DisputeFacts:
    evidence = thing.get("evidence_details")
    due = evidence.get("due_by") if isinstance(evidence, dict) else None
    moved = thing.get("balance_transactions") or []
    return DisputeFacts(
        amount_cents=_cents(thing["amount"]),
        currency=_word(thing["currency"]).upper(),
        reason=_word(thing.get("reason") or "", may_be_empty=True),
        status=_word(thing["status"]),
        is_refundable=thing.get("is_charge_refundable") is True,
        due_at=_instant(due) if due else None,
        moved_cents=tuple(_whole(each["amount"]) for each in moved),
    )


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _cents(value: Any) -> int:
    if (cents := _whole(value)) <= 0:
        raise ValueError
    return cents


def _word(value: Any, *, may_be_empty: bool = False) -> str:
    """A name as the processor gives them.

    Raises:
        TypeError, ValueError: anything else, which our tables need not be able to keep.
    """
    if not isinstance(value, str):
        raise TypeError
    if len(value) > LONGEST_WORD or not (value.isascii() and value.isprintable()):
        raise ValueError
    if not value and not may_be_empty:
        raise ValueError
    return value


def _instant(value: Any) -> datetime:
    """Seconds or, in the processor's newer events, ISO 8601."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return datetime.fromtimestamp(value, UTC)
