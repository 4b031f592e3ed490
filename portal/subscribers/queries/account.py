"""What a customer sees of its account: its plans and invoices, not what its partner owes for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, LateCharge
from portal.invoices.queries.late_charges import left_of_charges
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing
from portal.subscribers.rules import PAID_ON_HOME, Service
from portal.subscriptions.models import Coverage, Subscription
from portal.subscriptions.rules import BilledTo

UNKNOWN = "Não encontramos esta fatura."
OWED = (InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE)
SHOWN = (*OWED, InvoiceState.PAID)
INVOICE_LIST = ListSpec(
    sorts={"vencimento": Invoice.due_on, "valor": Invoice.amount_cents}, default="-vencimento"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesOnHome:
    """The owed invoices, the first due first, each with what is open of its earlier charges in centavos; and
    the latest paid ones.
    """

    owed: Sequence[tuple[Invoice, int]]
    paid: Sequence[Invoice]


def list_services(session: Session, customer_id: int) -> Sequence[Service]:
    """The plans in force, the one released longest first. One statement."""
    until = func.max(Coverage.grace_until)
    rows = session.execute(
        select(Subscription.contract_id, Subscription.plan_name, until)
        .outerjoin(
            Coverage,
            and_(Coverage.contract_id == Subscription.contract_id, Coverage.taken_back_at.is_(None)),
        )
        .where(Subscription.customer_id == customer_id, Subscription.ended_at.is_(None))
        .group_by(Subscription.id)
        .order_by(until.desc().nulls_last(), Subscription.id)
    )
    return [
        Service(contract_id=contract_id, plan_name=name, released_until=day)
        for contract_id, name, day in rows
    ]


def invoices_on_home(session: Session, customer_id: int) -> InvoicesOnHome:
    """What the first page lists. One statement, however long the history is."""
    paid = (
        _own(customer_id)
        .with_only_columns(Invoice.id)
        .where(Invoice.state == InvoiceState.PAID)
        .order_by(Invoice.paid_at.desc(), Invoice.id.desc())
        .limit(PAID_ON_HOME)
    )
    charges = (
        select(func.coalesce(func.sum(left_of_charges()), 0))
        .where(LateCharge.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    rows = session.execute(
        _own(customer_id)
        .add_columns(charges)
        .where(or_(Invoice.state.in_(OWED), and_(Invoice.id.in_(paid))))
        .order_by(Invoice.due_on, Invoice.id)
    ).all()
    owed = [(invoice, int(cents)) for invoice, cents in rows if invoice.state in OWED]
    settled = [invoice for invoice, _ in rows if invoice.state is InvoiceState.PAID]
    return InvoicesOnHome(owed=owed, paid=settled[::-1])


def list_invoices(session: Session, request: ListRequest, *, customer_id: int) -> Page[Invoice]:
    """A page of all invoices of a customer."""
    return paginate(session, _own(customer_id).where(Invoice.state.in_(SHOWN)), request)


def get_own_invoice(session: Session, invoice_id: int, *, customer_id: int) -> Invoice:
    """An invoice that this customer owes or owed, loaded as pages need it.

    Raises:
        Missing: there is none, or it is somebody else's.
    """
    found = session.scalar(
        _own(customer_id)
        .with_only_columns(Invoice.id)
        .where(Invoice.id == invoice_id, Invoice.state.in_(SHOWN))
    )
    if found is None:
        raise Missing(UNKNOWN)
    return load_invoice(session, found)


def _own(customer_id: int) -> Select[Invoice]:
    return select(Invoice).where(Invoice.customer_id == customer_id, Invoice.billed_to == BilledTo.CUSTOMER)
