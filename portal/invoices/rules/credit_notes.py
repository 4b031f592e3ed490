"""What of an issued invoice may be taken back, and by how much. Pure."""

from portal.invoices.rules.states import InvoiceState
from portal.shared.brazil import format_money
from portal.shared.refusals import Conflict, Refusal

CREDITABLE = frozenset({InvoiceState.OPEN, InvoiceState.PAID})


class NotCreditable(Conflict):
    """The invoice is a draft, void or given up, or all of it was taken back before."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"A fatura {label} não aceita mais nota de crédito: só uma em aberto ou paga, e até o seu valor."
        )


class OfAnAgreement(Conflict):
    """What an agreement asks for is taken back with the agreement."""

    def __init__(self, label: str) -> None:
        super().__init__(f"A fatura {label} é de um acordo. Para mudar o que ela cobra, desfaça o acordo.")


class BeingSettled(Conflict):
    """A boleto of the invoice was paid, and its money is on its way."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"O boleto da fatura {label} foi pago e está em compensação. "
            "Espere o crédito do banco e emita a nota depois."
        )


class OtherNoteMeanwhile(Conflict):
    """Somebody issued a note after this person opened the page."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"Outra nota de crédito da fatura {label} foi emitida depois que você abriu a página. "
            "Confira antes de emitir mais uma."
        )


class WrongCredit(Refusal):
    """The amount cannot be credited; says which can."""


def credit_note_label(number: int) -> str:
    """The number people call a credit note by: 12 → "NC-000012"."""
    return f"NC-{number:06d}"


def check_credit(
    *, label: str, state: InvoiceState, left_cents: int, amount_cents: int, stays_open: bool = False
) -> None:
    """Whether a note of `amount_cents` may be issued where `left_cents` of the invoice were not taken back.

    An open invoice is taken back whole, unless the note is made to pay a part of it (`stays_open`).

    Raises:
        NotCreditable: no note at all.
        WrongCredit: not of this amount.
    """
    if state not in CREDITABLE or left_cents <= 0:
        raise NotCreditable(label)
    if state is InvoiceState.OPEN and not stays_open and amount_cents != left_cents:
        raise WrongCredit(
            "A fatura ainda está em aberto: "
            f"a nota de crédito cancela a fatura inteira, {format_money(left_cents)}.",
            field="amount",
        )
    if not 0 < amount_cents <= left_cents:
        raise WrongCredit(f"A nota de crédito vai de R$ 0,01 a {format_money(left_cents)}.", field="amount")
