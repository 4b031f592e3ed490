"""What is left of a payment, and of what it is made: read before any of it goes back."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.invoices.models import CreditNote, Invoice, Posting
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.models.returning import CreditReturn, PaymentReturn
from portal.receipts.queries.credits import used_cents
from portal.receipts.rules.returning import Back, spread_back


class Made(NamedTuple):
    """What is left of what a payment brought to its invoice, in centavos."""

    face_cents: int
    charges_cents: int
    surplus_cents: int
    short_cents: int


def returned_cents(session: Session, payment_id: int) -> int:
    """How much of a payment went back."""
    total = select(func.sum(PaymentReturn.amount_cents)).where(PaymentReturn.payment_id == payment_id)
    return int(session.scalar(total) or 0)


def returned_beside(session: Session, payment_ids: Collection[int], return_key: str) -> Mapping[int, int]:
    """How much of payments went back, by payment, but for what went by this return."""
    rows = session.execute(
        select(PaymentReturn.payment_id, func.sum(PaymentReturn.amount_cents))
        .where(
            PaymentReturn.payment_id.in_(payment_ids),
            ~PaymentReturn.cause_key.endswith(f":{return_key}", autoescape=True),
        )
        .group_by(PaymentReturn.payment_id)
    )
    return {payment_id: int(cents) for payment_id, cents in rows}


def list_returns(session: Session, payment_id: int) -> Sequence[PaymentReturn]:
    """What went back of a payment, with who recorded it, in order."""
    return session.scalars(
        select(PaymentReturn)
        .where(PaymentReturn.payment_id == payment_id)
        .options(joinedload(PaymentReturn.recorded_by))
        .order_by(PaymentReturn.id)
    ).all()


def find_return(session: Session, payment_id: int, cause_key: str) -> PaymentReturn | None:
    """What went back of a payment for a cause."""
    return session.scalar(select(PaymentReturn).filter_by(payment_id=payment_id, cause_key=cause_key))


def what_is_left(session: Session, payment: Payment) -> Made:
    """By the ledger, less what went back before."""
    sums = dict.fromkeys(Made._fields, 0)
    booked = select(Posting).where(
        Posting.payment_key == payment.key, Posting.invoice_id == payment.invoice_id
    )
    for row in session.scalars(booked):
        if row.kind in (PostingKind.PAID, PostingKind.RESOLVED) and row.credit_account is Account.RECEIVABLE:
            sums["face_cents"] += row.amount_cents
        elif row.kind is PostingKind.LATE_CHARGES:
            sums["charges_cents"] += row.amount_cents
        elif row.kind is PostingKind.ADJUSTED:
            is_surplus = row.credit_account is Account.DIFFERENCES
            sums["surplus_cents" if is_surplus else "short_cents"] += row.amount_cents
    for back in list_returns(session, payment.id):
        for name in Made._fields:
            sums[name] -= getattr(back, name)
    return Made(**sums)


def credits_of(session: Session, payment: Payment, *, for_update: bool = True) -> Sequence[CustomerCredit]:
    """Credit that came of a payment, of its invoice, or of an invoice such credit paid; rows are taken."""
    own = CustomerCredit.payment_id == payment.id
    invoices, found = {payment.invoice_id}, set[int]()
    while True:
        notes = select(CreditNote.id).where(CreditNote.invoice_id.in_(invoices))
        caused = or_(CustomerCredit.invoice_id.in_(invoices), CustomerCredit.credit_note_id.in_(notes))
        of_payer = CustomerCredit.customer_id.is_not_distinct_from(payment.customer_id)
        of_payment = (
            select(CustomerCredit)
            .where(CustomerCredit.partner_id == payment.partner_id, of_payer, own | caused)
            .order_by(CustomerCredit.id)
        )
        rows = session.scalars(of_payment.with_for_update() if for_update else of_payment).all()
        if {row.id for row in rows} == found:
            return rows
        found = {row.id for row in rows}
        invoices |= set(session.scalars(select(CreditUse.invoice_id).where(CreditUse.credit_id.in_(found))))


def unused_cents(session: Session, credit: CustomerCredit) -> int:
    """What is left of a credit."""
    left = select(CustomerCredit.amount_cents - used_cents()).where(CustomerCredit.id == credit.id)
    return int(session.scalar(left) or 0)


def uses_left(session: Session, credit_ids: Collection[int]) -> Sequence[tuple[CreditUse, int]]:
    """Uses of credits and how much of each still pays its invoice, the newest first."""
    undone = select(func.coalesce(func.sum(CreditReturn.amount_cents), 0)).where(
        CreditReturn.credit_use_id == CreditUse.id
    )
    left = CreditUse.amount_cents - undone.scalar_subquery()
    rows = session.execute(
        select(CreditUse, left).where(CreditUse.credit_id.in_(credit_ids)).order_by(CreditUse.id.desc())
    )
    return [(use, int(cents)) for use, cents in rows if cents]


def charges_paid_by(session: Session, use: CreditUse) -> int:
    """How much of a use of credit paid late charges, and still does."""
    cents = case((Posting.kind == PostingKind.RETURNED, -Posting.amount_cents), else_=Posting.amount_cents)
    of_charges = or_(
        (Posting.kind == PostingKind.LATE_CHARGES) & (Posting.credit_account == Account.LATE_CHARGES),
        (Posting.kind == PostingKind.RETURNED) & (Posting.debit_account == Account.LATE_CHARGES),
    )
    booked = select(func.coalesce(func.sum(cents), 0)).where(Posting.payment_key == use.key, of_charges)
    return int(session.scalar(booked) or 0)


def openable_cents(session: Session, invoice: Invoice) -> int:
    """What is paid of an invoice and was not given back as credit."""
    notes = select(CreditNote.id).where(CreditNote.invoice_id == invoice.id)
    credited = select(func.sum(CustomerCredit.amount_cents)).where(
        or_(CustomerCredit.invoice_id == invoice.id, CustomerCredit.credit_note_id.in_(notes))
    )
    return max(0, invoice.paid_cents - int(session.scalar(credited) or 0))


def preview_back(session: Session, payment: Payment, invoice: Invoice, cents: int) -> Back:
    """What of a payment would go back with so much of it, as things are; nothing is taken."""
    made = what_is_left(session, payment)
    unused = sum(unused_cents(session, row) for row in credits_of(session, payment, for_update=False))
    return spread_back(
        cents,
        credit_cents=unused,
        surplus_cents=made.surplus_cents,
        charges_cents=made.charges_cents,
        face_cents=min(made.face_cents, openable_cents(session, invoice)),
    )
