"""Late charges that are left of paid invoices, for the next invoice of their contract."""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, String, Subquery, case, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, LateCharge
from portal.invoices.queries.late_charges import is_open, left_of_charges
from portal.invoices.rules.charges import LATE_CHARGES_OF
from portal.invoices.rules.states import InvoiceState, invoice_label
from portal.subscriptions.models import Subscription


class LeftOver(NamedTuple):
    """What is open of the charges of a contract's paid invoices, in centavos, and the numbers of those."""

    cents: int
    labels: tuple[str, ...]


def left_of_contract(session: Session, contract_id: int) -> LeftOver:
    """What goes on a contract's next invoice. Its charges are locked."""
    rows = session.execute(
        select(Invoice.number, LateCharge)
        .join(LateCharge, LateCharge.invoice_id == Invoice.id)
        .where(Invoice.contract_id == contract_id, is_left())
        .order_by(Invoice.number)
        .with_for_update(of=LateCharge)
        .execution_options(populate_existing=True)
    ).all()
    labels = dict.fromkeys(invoice_label(number) for number, _charge in rows)
    return LeftOver(sum(charge.open_cents for _number, charge in rows), tuple(labels))


def is_left() -> ColumnElement[bool]:
    """Whether charges of an invoice wait for the next one: while it is open they are paid with itself."""
    return is_open() & (Invoice.state == InvoiceState.PAID)


def charges_of_set(condition: ColumnElement[bool]) -> Select[int]:
    """The ids of the charges that go on the next invoices of subscriptions that meet a condition."""
    return (
        select(LateCharge.id)
        .join(Invoice, Invoice.id == LateCharge.invoice_id)
        .join(Subscription, Subscription.contract_id == Invoice.contract_id)
        .where(is_left(), condition)
        .order_by(LateCharge.id)
    )


def left_of_set(condition: ColumnElement[bool]) -> Subquery:
    """By contract: `cents`, and `label` as `rules.charges.carried_line` says it."""
    by_invoice = (
        select(Invoice.contract_id, Invoice.number, func.sum(left_of_charges()).label("cents"))
        .join(LateCharge, LateCharge.invoice_id == Invoice.id)
        .join(Subscription, Subscription.contract_id == Invoice.contract_id)
        .where(is_left(), condition)
        .group_by(Invoice.contract_id, Invoice.number)
        .subquery("by_invoice")
    )
    number = cast(by_invoice.c.number, String)
    label = func.lpad(number, func.greatest(6, func.length(number)), "0")
    in_order: Any = aggregate_order_by(label, by_invoice.c.number)
    one, several = LATE_CHARGES_OF
    return (
        select(
            by_invoice.c.contract_id,
            func.sum(by_invoice.c.cents).cast(BigInteger).label("cents"),
            case((func.count() == 1, one), else_=several)
            .concat(func.array_to_string(func.array_agg(in_order), ", "))
            .label("label"),
        )
        .group_by(by_invoice.c.contract_id)
        .subquery("left_over")
    )
