"""When another invoice may take the place of one that is void. Pure."""

from datetime import date
from typing import NamedTuple

from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict

AGAIN = frozenset({InvoiceKind.INSTALLMENT, InvoiceKind.BETWEEN})
"""What may be issued again: a contract's later payments. Its first one comes with the contract itself."""


class NotToBeIssuedAgain(Conflict):
    """No other invoice may take the place of this one; says why."""


class MonthToBill(NamedTuple):
    """What a void invoice asked for: the time, and how far its contract is billed.

    `bills_until` is the last day on which something of it may fall due, or of the amendment that `goes_on`
    with what it billed and bills only the rest. `is_paid`: its time is released already; `by_other`: by a
    later contract.
    """

    due_on: date
    starts_on: date
    bills_until: date | None
    goes_on: bool
    is_paid: bool
    by_other: bool


def is_month(*, state: InvoiceState, kind: InvoiceKind, number: int | None, is_issued: bool) -> bool:
    """Whether it is a void invoice of a later payment of its contract."""
    later = number is not None and number > 1 and kind in AGAIN
    return state is InvoiceState.VOID and is_issued and later


def why_not_again(label: str, month: MonthToBill) -> NotToBeIssuedAgain | None:
    """Why no other invoice may take the place of a void one of a month; None when one may.

    Nothing is asked for that billing would not ask for: what begins after the last day of the contract, or of
    the amendment that goes on with it, or falls due after its own where none does.
    """
    if month.by_other:
        return NotToBeIssuedAgain(f"O período da fatura {label} já está coberto por um contrato mais novo.")
    if month.is_paid:
        return NotToBeIssuedAgain(f"O período da fatura {label} já está liberado: nada há para cobrar.")
    until = month.bills_until
    if until is not None and (month.starts_on > until or (month.due_on > until and not month.goes_on)):
        return NotToBeIssuedAgain(
            f"O contrato é cobrado só até {format_date(until)}, antes do período da fatura {label}."
        )
    return None
