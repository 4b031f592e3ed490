"""What an invoice may be, and which way it may go. Pure."""

from datetime import date

from portal.shared.brazil import next_bank_day
from portal.shared.labels import LabeledEnum


class InvoiceState(LabeledEnum):
    """Where an invoice stands. A draft has no number yet and may still be dropped."""

    DRAFT = "draft", "Rascunho"
    OPEN = "open", "Em aberto"
    PAID = "paid", "Paga"
    UNCOLLECTIBLE = "uncollectible", "Incobrável"
    VOID = "void", "Anulada"
    IN_AGREEMENT = "in_agreement", "Em acordo"


OWED = (InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE)
"""What somebody still owes."""
HELD = (*OWED, InvoiceState.IN_AGREEMENT)
"""What the ledger has as receivable: also what is paid by way of an agreement."""
OVERDUE = "overdue"  # in lists: open and past its due date


class InvoiceKind(LabeledEnum):
    """What an invoice charges."""

    INSTALLMENT = "installment", "Mensalidade"
    FIRST_PERIOD = "first_period", "Período proporcional"
    DIFFERENCE = "difference", "Diferença do aditivo"
    BETWEEN = "between", "Mudança de vencimento"
    AGREEMENT = "agreement", "Parcela de acordo"


def invoice_label(number: int | None) -> str:
    """The number people call an invoice by: 12 → "000012"."""
    return "sem número" if number is None else f"{number:06d}"


def payable_until(due_on: date, *, banks_work_on_last_day: bool = False) -> date:
    """The last day to pay without charges: a due date on which banks are closed moves to the next bank day.

    They are on weekends, national holidays, at Carnival, on Corpus Christi and, unless said, on 31/12.
    """
    return next_bank_day(due_on, last_of_year=banks_work_on_last_day)
