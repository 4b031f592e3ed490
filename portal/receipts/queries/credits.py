"""Credit of payers: what is left of it, and for which invoices it may be used."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.books import balance
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit
from portal.subscriptions.rules import BilledTo


def used_cents() -> ColumnElement[int]:
    """What was used of the credit of the present row, in centavos."""
    uses = select(func.coalesce(func.sum(CreditUse.amount_cents), 0))
    return uses.where(CreditUse.credit_id == CustomerCredit.id).scalar_subquery()


def is_payers(invoice: type[Invoice] = Invoice) -> ColumnElement[bool]:
    """Whether a credit belongs to who owes an invoice."""
    by_partner = (invoice.billed_to == BilledTo.PARTNER) & CustomerCredit.customer_id.is_(None)
    by_customer = (invoice.billed_to == BilledTo.CUSTOMER) & (
        CustomerCredit.customer_id == invoice.customer_id
    )
    return (CustomerCredit.partner_id == invoice.partner_id) & (by_partner | by_customer)


def available_cents(session: Session, invoice: Invoice) -> int:
    """What the payer of an invoice has left of its credit."""
    return sum(left for _credit, left in usable_credits(session, invoice))


def usable_credits(session: Session, invoice: Invoice) -> Sequence[tuple[CustomerCredit, int]]:
    """Credits of the payer of an invoice with something left, the oldest first, and how much."""
    one, left = aliased(Invoice), CustomerCredit.amount_cents - used_cents()
    rows = session.execute(
        select(CustomerCredit, left)
        .join(one, one.id == invoice.id)
        .where(is_payers(one), left > 0)
        .order_by(CustomerCredit.id)
    )
    return [(credit, int(cents)) for credit, cents in rows]


def has_credit() -> ColumnElement[bool]:
    """Whether the payer of the present invoice has credit left, for invoices a contract's first is not."""
    return (Invoice.installment_number > 1) & (
        select(CustomerCredit.id).where(is_payers(), CustomerCredit.amount_cents > used_cents()).exists()
    )


def invoices_with_credit(chunk_id: int) -> Select[int]:
    """Open invoices of a billing chunk whose payers have credit left."""
    return (
        select(Invoice.id)
        .where(Invoice.chunk_id == chunk_id, Invoice.state == InvoiceState.OPEN, has_credit())
        .order_by(Invoice.id)
    )


def find_broken_credits(session: Session) -> Sequence[int | None]:
    """Partners whose credits left are not what the ledger says we owe them and their customers (M5)."""
    left = (
        select(CustomerCredit.partner_id, func.sum(CustomerCredit.amount_cents - used_cents()).label("cents"))
        .group_by(CustomerCredit.partner_id)
        .subquery()
    )
    owed = -balance(Account.CUSTOMER_CREDIT) - balance(Account.PARTNER_CREDIT)
    booked = (
        select(Posting.partner_id, owed.label("cents"))
        .where(Posting.partner_id.is_not(None))
        .group_by(Posting.partner_id)
        .subquery()
    )
    both = left.outerjoin(booked, booked.c.partner_id == left.c.partner_id, full=True)
    differs = func.coalesce(left.c.cents, 0) != func.coalesce(booked.c.cents, 0)
    which = func.coalesce(left.c.partner_id, booked.c.partner_id)
    return session.scalars(select(which).select_from(both).where(differs).order_by(which)).all()
