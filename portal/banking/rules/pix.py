"""Pix by BR Code: the text behind "copia e cola" and the QR code. Pure.

Source: Banco Central do Brasil, Manual de Padrões para Iniciação do Pix (EMV QRCPS-MPM). The code is
static: it carries the open amount and our identifier and is good after the due date too.
"""

import re
from dataclasses import dataclass

from portal.shared.brazil import folded

INVOICE_PREFIX, JOINT_PREFIX = "FATURA", "CONTAS"
# As `txid_of` and `joint_txid_of` write it, and nothing else.
_TXID = re.compile(rf"{INVOICE_PREFIX}(\d{{10,18}})", re.ASCII)
_JOINT_TXID = re.compile(rf"{JOINT_PREFIX}(\d{{10,18}})", re.ASCII)
LONGEST_NAME, LONGEST_CITY = 25, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class PixAccount:
    """Who receives. `key` is the Pix key as the bank registered it."""

    key: str
    name: str
    city: str


def txid_of(invoice_id: int) -> str:
    """What our Pix of an invoice calls itself; the bank sends it back with the money."""
    return f"{INVOICE_PREFIX}{invoice_id:010d}"


def invoice_of(txid: str) -> int | None:
    """The invoice a txid names, or None when it is none of ours."""
    match = _TXID.fullmatch(txid.strip().upper())
    return int(match[1]) if match else None


def joint_txid_of(joint_pix_id: int) -> str:
    """What a Pix for several invoices calls itself."""
    return f"{JOINT_PREFIX}{joint_pix_id:010d}"


def joint_of(txid: str) -> int | None:
    """The Pix for several invoices that a txid names, or None."""
    match = _JOINT_TXID.fullmatch(txid.strip().upper())
    return int(match[1]) if match else None


def br_code(account: PixAccount, *, amount_cents: int, txid: str) -> str:
    """The text a bank's app reads: who receives, how much, and for what."""
    reais, centavos = divmod(amount_cents, 100)
    fields = (
        _field(0, "01"),
        _field(26, _field(0, "br.gov.bcb.pix") + _field(1, account.key)),
        _field(52, "0000"),
        _field(53, "986"),  # reais, by ISO 4217
        _field(54, f"{reais}.{centavos:02d}"),
        _field(58, "BR"),
        _field(59, _plain(account.name, LONGEST_NAME)),
        _field(60, _plain(account.city, LONGEST_CITY)),
        _field(62, _field(5, txid)),
        "6304",
    )
    code = "".join(fields)
    return f"{code}{crc16(code.encode()):04X}"


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, beginning at 0xFFFF."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def _field(number: int, value: str) -> str:
    return f"{number:02d}{len(value):02d}{value}"


def _plain(text: str, longest: int) -> str:
    """Capitals without accents and signs, as every bank's reader takes them."""
    letters = re.sub("[^a-z0-9]+", " ", folded(text)).upper()
    return letters[:longest].strip()
