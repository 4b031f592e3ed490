"""Credit of payers: what is left of it, and for which invoices it may be used."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.books import balance
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit
from portal.receipts.models.returning import CreditReturn
from portal.subscriptions.rules import BilledTo


def used_cents() -> ColumnElement[int]:
    """What was used of the credit of the present row, or went back unused, in centavos."""
    uses = select(func.coalesce(func.sum(CreditUse.amount_cents), 0))
    back = select(func.coalesce(func.sum(CreditReturn.amount_cents), 0))
    return (
        uses.where(CreditUse.credit_id == CustomerCredit.id).scalar_subquery()
        + back.where(
            CreditReturn.credit_id == CustomerCredit.id, CreditReturn.credit_use_id.is_(None)
        ).scalar_subquery()
    )


def usable_credits(
    session: Session, invoice: Invoice, *, for_update: bool = False
) -> Sequence[tuple[CustomerCredit, int]]:
    """Credits of the payer of an invoice with something left, the oldest first, and how much.

    `for_update` takes their rows first: of two invoices at once the second sees what the first has used.
    """
    payer = payer_of(invoice)
    of_payer = select(CustomerCredit).where(
        CustomerCredit.partner_id == payer.partner_id,
        CustomerCredit.customer_id.is_not_distinct_from(payer.customer_id),
    )
    if for_update:
        session.scalars(of_payer.order_by(CustomerCredit.id).with_for_update()).all()
    left = CustomerCredit.amount_cents - used_cents()
    rows = session.execute(of_payer.add_columns(left).where(left > 0).order_by(CustomerCredit.id))
    return [(credit, int(cents)) for credit, cents in rows]


def credit_used_cents(session: Session, invoice_id: int) -> int:
    """How much of an invoice credit paid, and still pays."""
    used = select(func.sum(CreditUse.amount_cents)).where(CreditUse.invoice_id == invoice_id)
    back = (
        select(func.sum(CreditReturn.amount_cents))
        .join(CreditUse, CreditUse.id == CreditReturn.credit_use_id)
        .where(CreditUse.invoice_id == invoice_id)
    )
    cents = func.coalesce(used.scalar_subquery(), 0) - func.coalesce(back.scalar_subquery(), 0)
    return int(session.scalar(select(cents)) or 0)


def has_credit() -> ColumnElement[bool]:
    """Whether the payer of the present invoice has credit left, for invoices a contract's first is not."""
    left = select(CustomerCredit.id).where(
        CustomerCredit.partner_id == Invoice.partner_id, CustomerCredit.amount_cents > used_cents()
    )
    customers = left.where(CustomerCredit.customer_id == Invoice.customer_id).exists()
    partners = left.where(CustomerCredit.customer_id.is_(None)).exists()
    return (Invoice.installment_number > 1) & or_(
        (Invoice.billed_to == BilledTo.CUSTOMER) & customers,
        (Invoice.billed_to == BilledTo.PARTNER) & partners,
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
