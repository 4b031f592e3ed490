"""What becomes of money that came in. Pure.

Money is never refused and never lost: it settles an invoice, becomes its payer's credit, or is parked
with a reason until finance decides (invariants M5, S4).
"""

import re
from dataclasses import dataclass

from portal.shared.labels import LabeledEnum
from portal.shared.payment_methods import Way
from portal.shared.refusals import Conflict, Refusal

CURRENCY = "BRL"


class PaymentSource(LabeledEnum):
    """The way money came."""

    CARD = Way.CARD.value, Way.CARD.short
    BOLETO = Way.BOLETO.value, Way.BOLETO.short
    PIX = Way.PIX.value, Way.PIX.short
    TED = Way.TED.value, Way.TED.short


class PaymentOutcome(LabeledEnum):
    """What became of a payment."""

    SETTLED = "settled", "Fatura paga"
    CREDITED = "credited", "Crédito"
    PARKED = "parked", "A conferir"
    RETURNED = "returned", "Devolvido"


class ParkReason(LabeledEnum):
    """Why a payment waits for finance."""

    UNKNOWN_INVOICE = "unknown_invoice", "Não sabemos de que fatura é"
    OTHER_CUSTOMER = "other_customer", "Fatura de outro cliente"
    OTHER_PAYER = "other_payer", "Nada em aberto, e quem pagou tem outro documento"
    WRONG_CURRENCY = "wrong_currency", "Moeda diferente da fatura"
    WRONG_AMOUNT = "wrong_amount", "Valor diferente da fatura"
    NOT_COLLECTIBLE = "not_collectible", "A fatura não está em cobrança"


class CreditReason(LabeledEnum):
    """Why money became a payer's credit."""

    ALREADY_PAID = "already_paid", "A fatura já estava paga"
    VOIDED = "voided", "A fatura tinha sido cancelada"
    BY_FINANCE = "by_finance", "Decisão do financeiro"
    EXCESS = "excess", "Sobra de um pagamento maior que a fatura"
    CREDIT_NOTE = "credit_note", "Nota de crédito"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who paid, as the bank or the processor says. `customer_id` only when the source knows our customer."""

    name: str = ""
    document: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What an invoice still asks for, and of whom. `state` is the invoice's."""

    state: str
    customer_id: int
    payer_document: str
    currency: str
    open_cents: int


def match_payment(
    *, amount_cents: int, currency: str, payer: Payer, owed: Owed
) -> ParkReason | CreditReason | None:
    """Why a payment does not settle the invoice it is for; None when it does (invariants S4, M5).

    Only the whole open amount settles by itself: what a different one means is for a person to say. Anybody
    may pay an invoice, but credit is the payer's alone: money of another document is never booked as somebody
    else's (invariant M17).
    """
    if payer.customer_id is not None and payer.customer_id != owed.customer_id:
        return ParkReason.OTHER_CUSTOMER
    if currency != owed.currency:
        return ParkReason.WRONG_CURRENCY
    if owed.state in ("paid", "void"):
        if not is_same_document(payer.document, owed.payer_document):
            return ParkReason.OTHER_PAYER
        return CreditReason.ALREADY_PAID if owed.state == "paid" else CreditReason.VOIDED
    if owed.state != "open":
        return ParkReason.NOT_COLLECTIBLE
    return None if amount_cents == owed.open_cents else ParkReason.WRONG_AMOUNT


def written_document(text: str) -> str:
    """A CPF or CNPJ as banks write it, without its signs: "12.ABC.345/01DE-35" → "12ABC34501DE35"."""
    return re.sub("[^0-9A-Z]", "", text.upper())


def is_same_document(payer: str, owner: str) -> bool:
    """Whether money of this payer is this owner's; what does not say whose it is, is not another one's."""
    return not payer or payer == owner


def numbers_in(text: str) -> list[int]:
    """The whole numbers a free text holds, "FATURA 000041" and "FATURA000041" alike."""
    return [int(number) for number in re.findall("[0-9]{1,18}", text)]


class AlreadyResolved(Conflict):
    """Somebody else decided about this payment first."""

    def __init__(self) -> None:
        super().__init__("Este pagamento já foi conferido por outra pessoa. Recarregue a página.")


class CannotAssign(Refusal):
    """The payment cannot be used for this invoice."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="invoice")
