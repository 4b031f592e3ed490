"""Whether another invoice may take the place of a void one, and which did."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import list_followers_in_force
from portal.contracts.rules.states import ContractKind
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import find_invoice_of_contract
from portal.invoices.rules.reissuing import (
    FirstToBill,
    MonthToBill,
    NotToBeIssuedAgain,
    is_payment,
    why_first_not_again,
    why_not_again,
)
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.subscriptions.models import Subscription
from portal.subscriptions.queries.coverage import covered_by, find_coverage
from portal.subscriptions.queries.reading import find_subscription
from portal.subscriptions.rules import FIRST


def is_void_payment(invoice: Invoice) -> bool:
    """Whether it is a void invoice of a payment of its contract."""
    return is_payment(
        state=invoice.state, number=invoice.installment_number, is_issued=invoice.number is not None
    )


def find_in_its_place(session: Session, invoice: Invoice) -> Invoice | None:
    """The invoice that asks for what a void one asked for; None where nobody issued another."""
    if not is_void_payment(invoice):
        return None
    other = find_invoice_of_contract(session, invoice.contract_id, invoice.installment_number or 0)
    return None if other is None or other.state is InvoiceState.VOID else other


def find_obstacle(session: Session, invoice: Invoice) -> NotToBeIssuedAgain | None:
    """Why none may take the place of an invoice with its contract; None when one may."""
    if is_void_payment(invoice) and invoice.installment_number == FIRST:
        return why_first_not_again(invoice.label, _first_to_bill(session, invoice))
    subscription = find_subscription(session, invoice.contract_id)
    first, last = invoice.period_from, invoice.period_until
    if subscription is None or first is None or last is None or not is_void_payment(invoice):
        return NotToBeIssuedAgain(
            f"A fatura {invoice.label} não aceita outra no lugar: só a mensalidade anulada de um contrato."
        )
    number = invoice.installment_number or 0
    own, others = invoice.contract_id, list_followers_in_force(session, invoice.contract_id)
    amendments = _amendments(session, others)
    is_between = invoice.kind is InvoiceKind.BETWEEN
    month = MonthToBill(
        due_on=first if is_between else subscription.place.period(number).due_on,
        starts_on=first,
        bills_until=_latest(amendments) if amendments else subscription.bills_until,
        goes_on=bool(amendments),
        is_paid=session.scalar(covered_by([own], first, last)) is not None,
        by_other=session.scalar(covered_by(others, first, last)) is not None,
    )
    return why_not_again(invoice.label, month)


def _first_to_bill(session: Session, invoice: Invoice) -> FirstToBill:
    contract = invoice.contract
    is_paid = contract.first_payment_key is not None
    if contract.activated_at is not None:
        is_paid = find_coverage(session, contract.id, FIRST) is not None
    return FirstToBill(contract.label, contract.state, is_paid)


def _amendments(session: Session, contract_ids: Collection[int]) -> Sequence[date | None]:
    """Until when the amendments among contracts are billed, each that goes on with what was billed before."""
    return session.scalars(
        select(Subscription.bills_until)
        .join(Contract, Contract.id == Subscription.contract_id)
        .where(Contract.id.in_(contract_ids), Contract.kind == ContractKind.AMENDMENT)
    ).all()


def _latest(days: Sequence[date | None]) -> date | None:
    """The last of them; None is later than any."""
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None
