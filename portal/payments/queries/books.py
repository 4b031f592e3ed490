"""What must be true of payments, charges and cards, for the nightly check: each query gives what is not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.rules import Account
from portal.payments.models import CardSetup, Charge, Payment
from portal.payments.rules.cards import ASKED, CardSetupState
from portal.payments.rules.receiving import PaymentOutcome

LONGEST_UNKNOWN = timedelta(hours=24)


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
            & (Posting.credit_account == Account.RECEIVABLE),
        )
        .where(Payment.outcome == PaymentOutcome.SETTLED)
        .group_by(Payment.id, Payment.currency, Payment.amount_cents, Invoice.currency)
        .having(or_(Payment.currency != Invoice.currency, used == 0, used > Payment.amount_cents))
        .order_by(Payment.id)
    )
    return session.scalars(statement).all()


def count_old_unknowns(session: Session, *, now: datetime) -> int:
    """Charges and cards of which the processor has not said for a day what became of them (invariant S6)."""
    since = now - LONGEST_UNKNOWN
    charges = select(func.count(Charge.id)).where(Charge.state.in_(ASKED), Charge.created_at < since)
    cards = select(func.count(CardSetup.id)).where(
        CardSetup.state == CardSetupState.TOLD, CardSetup.told_at < since
    )
    return (session.scalar(charges) or 0) + (session.scalar(cards) or 0)
