"""What the bank tells us by itself: that a Pix or a TED came in, or went back. Signed, strictly read. Pure.

The Pix part has the shape of the Banco Central's Pix API callback; the TED part is modelled on it. The
signature is `t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>", hexadecimal>`.
"""

import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
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


class ReturnStatus(StrEnum):
    """How far giving a Pix back is, in the bank's words."""

    PROCESSING = "EM_PROCESSAMENTO"
    RETURNED = "DEVOLVIDO"
    NOT_DONE = "NAO_REALIZADO"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixReturned:
    """A return of a Pix that came in. `key` is ours where we asked for it; `nature` says why else it went."""

    end_to_end_id: str
    key: str
    reference: str
    amount_cents: int
    status: ReturnStatus
    nature: str
    reason: str
    contest_id: str = ""

    @property
    def is_contested(self) -> bool:
        """Whether the payer's bank took it by the special return mechanism (MED), not we gave it."""
        return self.nature.startswith("MED")


class ContestStatus(StrEnum):
    """How far a contest of a Pix is, in the bank's words; accepted, its money goes by a return."""

    OPEN = "ABERTA"
    ACCEPTED = "ACEITA"
    REJECTED = "REJEITADA"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixContested:
    """Who paid a Pix asks for it back by the special return mechanism (MED)."""

    contest_id: str
    end_to_end_id: str
    amount_cents: int
    status: ContestStatus
    reason: str
    due_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one call of the bank says."""

    pix: tuple[Credit, ...]
    ted: tuple[Credit, ...]
    returns: tuple[PixReturned, ...] = ()
    contests: tuple[PixContested, ...] = ()


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
    if not isinstance(data, dict) or not (data.keys() & {"pix", "ted", "med"}):
        raise UnreadableNotice("Esperávamos as listas pix, ted ou med.")
    return Notice(
        pix=_items(data, "pix", id_name="endToEndId", reference="txid", at="horario", payer="pagador"),
        ted=_items(
            data, "ted", id_name="idTransacao", reference="identificador", at="horario", payer="remetente"
        ),
        returns=_returns(data),
        contests=_contests(data),
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


def _returns(data: dict[str, Any]) -> tuple[PixReturned, ...]:
    """What went back of the Pix of a body, whose items were read before."""
    found = []
    for number, item in enumerate(data.get("pix", []), start=1):
        try:
            found += [_return(item["endToEndId"], each) for each in _few(item.get("devolucoes", []))]
        except (AttributeError, KeyError, TypeError, ValueError):
            raise UnreadableNotice(
                f"As devoluções do item {number} de pix não estão na forma combinada."
            ) from None
    return tuple(found)


def _few(items: object) -> list[Any]:
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise TypeError(items)
    return items


def _return(end_to_end_id: str, said: dict[str, Any]) -> PixReturned:
    return PixReturned(
        end_to_end_id=end_to_end_id,
        key=_word(said["id"], 1, 35),
        reference=_text(said.get("rtrId", ""), 64),
        amount_cents=_cents(said["valor"]),
        status=ReturnStatus(said["status"]),
        nature=_text(said.get("natureza", ""), 40),
        reason=_text(said.get("motivo", ""), 140),
        contest_id=_word(said.get("idContestacao", "-"), 1, 64).strip("-"),
    )


def _contests(data: dict[str, Any]) -> tuple[PixContested, ...]:
    found = []
    try:
        for each in _few(data.get("med", [])):
            due = each.get("prazo")
            found.append(
                PixContested(
                    contest_id=_word(each["idContestacao"], 2, 64),
                    end_to_end_id=_word(each["endToEndId"], 8, 64),
                    amount_cents=_cents(each["valor"]),
                    status=ContestStatus(each["situacao"]),
                    reason=_text(each.get("motivo", ""), 140),
                    due_at=_instant(due) if due else None,
                    at=_instant(each["horario"]),
                )
            )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnreadableNotice(f"O item {len(found) + 1} de med não está na forma combinada.") from None
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
