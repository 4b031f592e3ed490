"""What else must be paid before a suspended service returns."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import InvoiceState
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import OVERDUE_POLICIES


def others_to_pay(session: Session, invoice: Invoice, *, today: date) -> Sequence[Invoice]:
    """The open invoices beside this one that hold its contract's service back: those that are late or, where
    the kind of contract says so, all of them. The first due first.
    """
    kind = session.scalar(select(Subscription.service_kind).filter_by(contract_id=invoice.contract_id))
    others = session.scalars(
        select(Invoice)
        .where(
            Invoice.contract_id == invoice.contract_id,
            Invoice.state == InvoiceState.OPEN,
            Invoice.id != invoice.id,
        )
        .order_by(Invoice.due_on, Invoice.id)
    ).all()
    if kind is not None and OVERDUE_POLICIES[kind].released_by_all:
        return others
    until = payable_days(session)
    return [each for each in others if until(each.due_on) < today]
