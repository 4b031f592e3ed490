"""When another invoice may take the place of one that is void. Pure."""

from datetime import date
from typing import NamedTuple

from portal.contracts.rules.states import WAITS, ContractState
from portal.invoices.rules.states import InvoiceState
from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict

BILLED_FIRST = WAITS | {ContractState.ACTIVE, ContractState.SUSPENDED}


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


class FirstToBill(NamedTuple):
    """What a void first invoice of a contract asked for: how far the contract is, and its first payment.

    `is_paid`: the payment is in or, once the contract was active, its time released.
    """

    contract: str
    state: ContractState
    is_paid: bool


def is_payment(*, state: InvoiceState, number: int | None, is_issued: bool) -> bool:
    """Whether it is a void invoice of a payment of its contract."""
    return state is InvoiceState.VOID and is_issued and number is not None


def why_first_not_again(label: str, first: FirstToBill) -> NotToBeIssuedAgain | None:
    """Why no other may take the place of a contract's void first invoice; None when one may.

    One may while the contract waits for it, or runs on though its payment went back.
    """
    if first.is_paid:
        return NotToBeIssuedAgain(f"O que a fatura {label} cobra já está pago: nada há para cobrar.")
    if first.state in BILLED_FIRST:
        return None
    return NotToBeIssuedAgain(
        f"O contrato {first.contract} está {first.state.label.lower()}: nada mais se cobra dele."
    )


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
