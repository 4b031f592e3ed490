"""What becomes of money that came in. Pure.

Money is never refused and never lost: it settles an invoice, becomes its payer's credit, or is parked
with a reason until finance decides (invariants M5, S4).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from portal.receipts.rules.allocation import Allocation, allocate
from portal.shared.labels import LabeledEnum
from portal.shared.payment_methods import Way
from portal.shared.refusals import Conflict, Refusal

CURRENCY = "BRL"
LONGEST_NUMBER = 18
USE_CREDIT = "use_credit"
COLLECTED = "late_cents"
"""Among the facts of a payment: what of it the bank collected as late charges, in centavos."""
BEGUN_BY_US = "begun_by_us"
"""Among the facts of a payment: we took it ourselves, unasked, as a card's charge on the due date."""


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
    REFERRAL = "referral", "Desconto por indicação"
    RETENTION = "retention", "Desconto para ficar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who paid, as the bank or the processor says. `customer_id` only when the source knows our customer."""

    name: str = ""
    document: str = ""
    customer_id: int | None = None


class Owed(NamedTuple):
    """What an invoice asks for on the day of a payment, and of whom. `state` is the invoice's.

    Differences up to `tolerance_cents`, either way, settle it all the same. `charges_first`: as agreed.
    `days_late` of what lateness adds now.
    """

    state: str
    customer_id: int
    payer_document: str
    currency: str
    open_cents: int
    charges_cents: int
    tolerance_cents: int
    charges_first: bool = False
    days_late: int = 0

    def is_part(self, amount_cents: int) -> bool:
        """Whether a payment is less than the invoice itself, whatever of it goes to charges."""
        return amount_cents + self.tolerance_cents < self.open_cents

    def spread(self, amount_cents: int, *, collected_cents: int = 0) -> Allocation:
        """A payment of so much, spread over it; its bank collected some of that as charges, if it says so.

        A bank that reckons a day's interest in whole centavos asks for up to a centavo a day less than we do:
        who paid what it asked for paid all, and the rest is let go.
        """
        less = self.charges_cents - collected_cents
        is_rounded = bool(collected_cents) and 0 < less <= self.days_late
        charges = collected_cents if is_rounded else self.charges_cents
        spread = allocate(
            amount_cents,
            open_cents=self.open_cents,
            charges_cents=charges,
            tolerance_cents=self.tolerance_cents,
            charges_first=self.charges_first,
        )
        is_all = is_rounded and spread.charges_cents + spread.short_charges_cents == charges
        return spread._replace(short_charges_cents=spread.short_charges_cents + less) if is_all else spread


def match_payment(
    *,
    amount_cents: int,
    currency: str,
    payer: Payer,
    owed: Owed,
    is_exact: bool = False,
    collected_cents: int = 0,
) -> ParkReason | CreditReason | Allocation:
    """How a payment is spread over the invoice it is for; or why it is none of it (invariants S4, M5).

    Anybody may pay an invoice with what it asks for, late charges or not. What is less pays a part, and what
    is more becomes credit, but only when it says that it is the payer's: money of somebody else is never
    booked as the payer's (invariant M17), and what it is meant for is for a person to say. The same goes for
    a source that was told the amount and comes with another one (`is_exact`, cards). `collected_cents`: late
    charges that a bank collected with it by itself, as it says.
    """
    if payer.customer_id is not None and payer.customer_id != owed.customer_id:
        return ParkReason.OTHER_CUSTOMER
    if currency != owed.currency:
        return ParkReason.WRONG_CURRENCY
    if owed.state not in ("open", "uncollectible", "paid", "void"):
        return ParkReason.NOT_COLLECTIBLE
    if not owed.open_cents and not owed.charges_cents:
        is_payers = is_same_document(payer.document, owed.payer_document)
        return _for_nothing(owed) if is_payers else ParkReason.OTHER_PAYER
    spread = owed.spread(amount_cents, collected_cents=collected_cents)
    is_other = owed.is_part(amount_cents) or spread.credit_cents
    if is_other and (is_exact or payer.document != owed.payer_document):
        return ParkReason.OTHER_PAYER if owed.state == "paid" else ParkReason.WRONG_AMOUNT
    return spread


def _for_nothing(owed: Owed) -> CreditReason:
    return CreditReason.VOIDED if owed.state == "void" else CreditReason.ALREADY_PAID


def is_paid_twice_by_us(facts: Mapping[str, Any], state: str) -> bool:
    """Whether we took money ourselves for an invoice in whose `state` nothing was owed any more.

    Who pays a second time of its own accord has credit, and no more.
    """
    return bool(facts.get(BEGUN_BY_US)) and state in ("paid", "void")


def written_document(text: str) -> str:
    """A CPF or CNPJ as banks write it, without its signs: "12.ABC.345/01DE-35" → "12ABC34501DE35"."""
    return re.sub("[^0-9A-Z]", "", text.upper())


def is_same_document(payer: str, owner: str) -> bool:
    """Whether money of this payer is this owner's; what does not say whose it is, is not another one's."""
    return not payer or payer == owner


_RUN = re.compile("[0-9](?:[./-]?[0-9])*")


def numbers_in(text: str) -> list[int]:
    """The whole numbers a free text holds, "FATURA 000041" and "FATURA000041" alike.

    A run of figures counts as a whole or not at all: what signs join to others, as in a CNPJ, a CPF or a day,
    is no number, nor is what is longer than any number of ours.
    """
    runs = (match[0] for match in _RUN.finditer(text))
    return [int(run) for run in runs if run.isdigit() and len(run) <= LONGEST_NUMBER]


class AlreadyResolved(Conflict):
    """Somebody else decided about this payment first."""

    def __init__(self) -> None:
        super().__init__("Este pagamento já foi conferido por outra pessoa. Recarregue a página.")


class CannotAssign(Refusal):
    """The payment cannot be used for this invoice."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="invoice")
