"""What becomes of money that came in. Pure.

Money is never refused and never lost: it settles an invoice, becomes its payer's credit, or is parked
with a reason until finance decides (invariants M5, S4).
"""

from dataclasses import dataclass
from enum import StrEnum

from portal.shared.refusals import Conflict, Refusal

CURRENCY = "BRL"


class PaymentSource(StrEnum):
    """The way money came."""

    CARD = "card"
    BOLETO = "boleto"
    PIX = "pix"
    TED = "ted"

    @property
    def label(self) -> str:
        return {"card": "Cartão", "boleto": "Boleto", "pix": "Pix", "ted": "TED"}[self]


class PaymentOutcome(StrEnum):
    """What became of a payment."""

    SETTLED = "settled"
    CREDITED = "credited"
    PARKED = "parked"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        return {
            "settled": "Fatura paga",
            "credited": "Crédito",
            "parked": "A conferir",
            "returned": "Devolvido",
        }[self]


class ParkReason(StrEnum):
    """Why a payment waits for finance."""

    UNKNOWN_INVOICE = "unknown_invoice"
    OTHER_CUSTOMER = "other_customer"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_AMOUNT = "wrong_amount"
    NOT_COLLECTIBLE = "not_collectible"

    @property
    def label(self) -> str:
        return {
            "unknown_invoice": "Não sabemos de que fatura é",
            "other_customer": "Fatura de outro cliente",
            "wrong_currency": "Moeda diferente da fatura",
            "wrong_amount": "Valor diferente da fatura",
            "not_collectible": "A fatura não está em cobrança",
        }[self]


class CreditReason(StrEnum):
    """Why money became a payer's credit."""

    ALREADY_PAID = "already_paid"
    VOIDED = "voided"
    BY_FINANCE = "by_finance"
    EXCESS = "excess"

    @property
    def label(self) -> str:
        return {
            "already_paid": "A fatura já estava paga",
            "voided": "A fatura tinha sido cancelada",
            "by_finance": "Decisão do financeiro",
            "excess": "Sobra de um pagamento maior que a fatura",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who paid, as the bank or the processor says. `customer_id` only when the source knows our customer."""

    name: str = ""
    document: str = ""
    customer_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What an invoice still asks for. `state` is the invoice's."""

    state: str
    customer_id: int
    currency: str
    open_cents: int


def judge(*, amount_cents: int, currency: str, payer: Payer, owed: Owed) -> ParkReason | CreditReason | None:
    """Why a payment does not settle the invoice it is for; None when it does (invariants S4, M5).

    Only the whole open amount settles by itself: what a different one means is for a person to say.
    """
    if payer.customer_id is not None and payer.customer_id != owed.customer_id:
        return ParkReason.OTHER_CUSTOMER
    if currency != owed.currency:
        return ParkReason.WRONG_CURRENCY
    if owed.state == "paid":
        return CreditReason.ALREADY_PAID
    if owed.state == "void":
        return CreditReason.VOIDED
    if owed.state != "open":
        return ParkReason.NOT_COLLECTIBLE
    return None if amount_cents == owed.open_cents else ParkReason.WRONG_AMOUNT


class AlreadyResolved(Conflict):
    """Somebody else decided about this payment first."""

    def __init__(self) -> None:
        super().__init__("Este pagamento já foi conferido por outra pessoa. Recarregue a página.")


class CannotAssign(Refusal):
    """The payment cannot be used for this invoice."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="invoice")
