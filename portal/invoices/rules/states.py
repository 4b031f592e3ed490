"""What an invoice may be, and which way it may go. Pure."""

from datetime import date
from enum import StrEnum

from portal.shared.brazil import next_bank_day


class InvoiceState(StrEnum):
    """Where an invoice stands. A draft has no number yet and may still be dropped."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    InvoiceState.DRAFT: "Rascunho",
    InvoiceState.OPEN: "Em aberto",
    InvoiceState.PAID: "Paga",
    InvoiceState.UNCOLLECTIBLE: "Incobrável",
    InvoiceState.VOID: "Anulada",
}


class InvoiceKind(StrEnum):
    """What an invoice charges."""

    INSTALLMENT = "installment"
    FIRST_PERIOD = "first_period"
    DIFFERENCE = "difference"

    @property
    def label(self) -> str:
        return {
            "installment": "Mensalidade",
            "first_period": "Período proporcional",
            "difference": "Diferença do aditivo",
        }[self.value]


def invoice_label(number: int | None) -> str:
    """The number people call an invoice by: 12 → "000012"."""
    return "sem número" if number is None else f"{number:06d}"


def payable_until(due_on: date, *, banks_work_on_last_day: bool = False) -> date:
    """The last day to pay without charges: a due date on which banks are closed moves to the next bank day.

    They are on weekends, national holidays, at Carnival, on Corpus Christi and, unless said, on 31/12.
    """
    return next_bank_day(due_on, last_of_year=banks_work_on_last_day)
