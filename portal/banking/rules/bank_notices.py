"""What the bank tells us by itself: that a Pix or a TED came in. Signed, dated, strictly read. Pure.

The Pix part has the shape of the Banco Central's Pix API callback; the TED part is modelled on it. The
signature is `t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>", hexadecimal>`.
"""

import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.receipts.rules.receiving import CURRENCY, Payer, written_document
from portal.shared.refusals import Refusal

PROCESS_BANK_NOTICE = "take_bank_notice"
SIGNATURE_HEADER = "X-Banco-Assinatura"
TOLERANCE = timedelta(minutes=5)
LARGEST_BODY = 1024 * 1024
MOST_ITEMS = 500
_AMOUNT = re.compile(r"([0-9]{1,10})\.([0-9]{2})")
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Money that came in. `reference` is what it was marked with: a txid, or an invoice's number."""

    external_id: str
    reference: str
    amount_cents: int
    currency: str
    at: datetime
    payer: Payer


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one call of the bank says."""

    pix: tuple[Credit, ...]
    ted: tuple[Credit, ...]


class BadSignature(Refusal):
    """Not from the bank, or too old: nothing is written (invariant S3)."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Assinatura ausente, errada ou vencida.")


class UnreadableNotice(Refusal):
    """Signed, but not in the agreed form: nothing is written."""


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """The signature the bank puts beside a body."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def require_signature(signature: str, body: bytes, *, secret: str, now: datetime) -> None:
    """Whether the bank signed this body just now.

    Raises:
        BadSignature: it did not, or more than five minutes ago, or in the future.
    """
    match = _SIGNATURE.fullmatch(signature)
    if match is None or not hmac.compare_digest(_digest(body, secret, match[1]), match[2]):
        raise BadSignature
    if abs(now - datetime.fromtimestamp(int(match[1]), UTC)) > TOLERANCE:
        raise BadSignature


def read_notice(body: bytes) -> Notice:
    """What a body says.

    Raises:
        UnreadableNotice: naming the item that is not as agreed. All is read or nothing.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableNotice("O corpo não é JSON.") from None
    if not isinstance(data, dict) or not (data.keys() & {"pix", "ted"}):
        raise UnreadableNotice("Esperávamos as listas pix ou ted.")
    return Notice(
        pix=_items(data, "pix", id_name="endToEndId", reference="txid", at="horario", payer="pagador"),
        ted=_items(
            data, "ted", id_name="idTransacao", reference="identificador", at="horario", payer="remetente"
        ),
    )


def _digest(body: bytes, secret: str, seconds: str) -> str:
    return hmac.digest(secret.encode(), seconds.encode() + b"." + body, "sha256").hex()


def _items(
    data: dict[str, Any], kind: str, *, id_name: str, reference: str, at: str, payer: str
) -> tuple[Credit, ...]:
    items = data.get(kind, [])
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise UnreadableNotice(f"A lista {kind} não é uma lista de até {MOST_ITEMS} itens.")
    found = []
    for number, item in enumerate(items, start=1):
        try:
            who = item.get(payer) or {}
            found.append(
                Credit(
                    external_id=_word(item[id_name], 8, 64),
                    reference=_text(item.get(reference, ""), 140),
                    amount_cents=_cents(item["valor"]),
                    currency=_word(item.get("moeda", CURRENCY), 3, 3).upper(),
                    at=_instant(item[at]),
                    payer=Payer(
                        name=_text(who.get("nome", ""), 140),
                        document=written_document(_text(who.get("cnpj") or who.get("cpf") or "", 20)),
                    ),
                )
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise UnreadableNotice(f"O item {number} de {kind} não está na forma combinada.") from None
    return tuple(found)


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return "".join(letter for letter in value if letter.isprintable())[:longest].strip()


def _word(value: object, shortest: int, longest: int) -> str:
    if not isinstance(value, str) or not re.fullmatch(f"[A-Za-z0-9_-]{{{shortest},{longest}}}", value):
        raise ValueError(value)
    return value


def _cents(value: object) -> int:
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    cents = int(match[1]) * 100 + int(match[2]) if match else 0
    if cents == 0:
        raise ValueError(value)
    return cents


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise TypeError(value)
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None or not 2000 <= instant.year <= 2100:
        raise ValueError(value)
    return instant.astimezone(UTC)
