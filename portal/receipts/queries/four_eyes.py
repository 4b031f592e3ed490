"""How much money was attested by people for an invoice."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.rules.receiving import PaymentOutcome
from portal.receipts.rules.ted import TedState
from portal.settings import queries as settings
from portal.settings.rules.names import Name


def limit_reais(session: Session) -> int:
    """From which amount on two people must agree."""
    return settings.value(session, Name.TED_FOUR_EYES_REAIS)


def attested_cents(session: Session, invoice_id: int) -> int:
    """The TEDs people confirmed for an invoice, and the parked money they gave it; each payment once."""
    confirmed = select(TedTransfer.payment_id).where(
        TedTransfer.invoice_id == invoice_id, TedTransfer.state == TedState.CONFIRMED
    )
    assigned = (
        select(ParkedPayment.payment_id)
        .join(Payment, Payment.id == ParkedPayment.payment_id)
        .where(Payment.invoice_id == invoice_id, ParkedPayment.resolution == PaymentOutcome.SETTLED)
    )
    attested = select(func.coalesce(func.sum(Payment.amount_cents), 0)).where(
        Payment.id.in_(confirmed) | Payment.id.in_(assigned)
    )
    return int(session.scalar(attested) or 0)
