"""Money that goes back of a payment: why, how much, and what of the payment it is. Pure.

It goes back the other way it came in: what was left over first, then charges, the face value last. So an
invoice is owed again only for what nothing else bears.
"""

from typing import NamedTuple

from portal.shared.brazil import format_money
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal


class ReturnCause(LabeledEnum):
    """Why money of a payment went back."""

    REFUND = "refund", "Devolução ao cliente"
    DISPUTE = "dispute", "Contestação no cartão"
    UNDONE = "undone", "Pagamento desfeito pelo banco"
    PIX_RETURNED = "pix_returned", "Pix devolvido"


class Back(NamedTuple):
    """Parts of what goes back, in centavos; `rest_cents` is what none of them bears."""

    credit_cents: int
    surplus_cents: int
    charges_cents: int
    face_cents: int
    rest_cents: int


def spread_back(
    amount_cents: int, *, credit_cents: int, surplus_cents: int, charges_cents: int, face_cents: int
) -> Back:
    """Spread what goes back over what is left of a payment: credit nobody used, surplus, charges, face."""
    credit = min(amount_cents, credit_cents)
    surplus = min(amount_cents - credit, surplus_cents)
    charges = min(amount_cents - credit - surplus, charges_cents)
    face = min(amount_cents - credit - surplus - charges, face_cents)
    return Back(credit, surplus, charges, face, amount_cents - credit - surplus - charges - face)


class StillParked(Conflict):
    """Nobody said yet whose the payment is."""

    def __init__(self) -> None:
        super().__init__("Este pagamento ainda está a conferir. Decida nele: “Devolver”.")


class MoreThanLeft(Refusal):
    """More is to go back than is left of the payment."""

    def __init__(self, left_cents: int) -> None:
        left = f"Deste pagamento ainda dá para devolver {format_money(left_cents)}."
        super().__init__(left if left_cents else "Este pagamento já foi devolvido.", field="amount")


class NowhereToTake(Refusal):
    """The payment's money is neither credit, nor charges, nor of an invoice any more."""

    def __init__(self) -> None:
        super().__init__("Não encontramos de onde estornar este valor. Confira os lançamentos da fatura.")
