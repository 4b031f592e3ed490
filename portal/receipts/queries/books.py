"""What must be true of payments, for the nightly check: each query gives what is not."""

from collections.abc import Sequence

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.rules.ledger import SETTLING, Account, PostingKind
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentOutcome


def find_broken_matches(session: Session) -> Sequence[int]:
    """Payments that settled an invoice by another currency, or by nothing or more than they brought (S4).

    That both are one customer's holds the database.
    """
    used = func.coalesce(func.sum(Posting.amount_cents), 0)
    statement = (
        select(Payment.id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .outerjoin(
            Posting,
            (Posting.invoice_id == Invoice.id)
            & (Posting.payment_key == cast(Payment.source, String) + ":" + Payment.external_id)
            & Posting.credit_account.in_((Account.RECEIVABLE, Account.LATE_CHARGES))
            & Posting.kind.in_((*SETTLING, PostingKind.LATE_CHARGES)),
        )
        .where(Payment.outcome == PaymentOutcome.SETTLED)
        .group_by(Payment.id, Payment.currency, Payment.amount_cents, Invoice.currency)
        .having(or_(Payment.currency != Invoice.currency, used == 0, used > Payment.amount_cents))
        .order_by(Payment.id)
    )
    return session.scalars(statement).all()
