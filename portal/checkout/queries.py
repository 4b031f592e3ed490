"""Reads of what an invoice is paid by."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.rules.receiving import PaymentOutcome
from portal.shared import tokens
from portal.shared.tokens import LinkToken, Purpose


def get_invoice_link(session: Session, secret: str, *, now: datetime) -> LinkToken:
    """The link of an invoice, whatever became of it, until long after its end. Raises `UnknownLink`."""
    return tokens.get(session, purpose=Purpose.INVOICE, secret=secret, now=now)


def find_boleto(session: Session, invoice_id: int) -> Boleto | None:
    """The newest boleto of an invoice."""
    newest = select(Boleto).where(Boleto.invoice_id == invoice_id).order_by(Boleto.id.desc()).limit(1)
    return session.scalar(newest)


def list_boletos(session: Session, invoice_ids: Collection[int]) -> Mapping[int, Boleto]:
    """The newest boleto of each invoice that has one."""
    newest = (
        select(Boleto)
        .where(Boleto.invoice_id.in_(invoice_ids))
        .ext(distinct_on(Boleto.invoice_id))
        .order_by(Boleto.invoice_id, Boleto.id.desc())
    )
    return {boleto.invoice_id: boleto for boleto in session.scalars(newest)}


def find_latest_ted(session: Session, invoice_id: int) -> TedTransfer | None:
    """The newest TED of an invoice."""
    newest = (
        select(TedTransfer)
        .where(TedTransfer.invoice_id == invoice_id)
        .order_by(TedTransfer.id.desc())
        .limit(1)
    )
    return session.scalar(newest)


def find_payment_of(session: Session, invoice_id: int) -> Payment | None:
    """The payment that completed an invoice."""
    settled = (
        select(Payment)
        .where(Payment.invoice_id == invoice_id, Payment.outcome == PaymentOutcome.SETTLED)
        .order_by(Payment.id.desc())
        .limit(1)
    )
    return session.scalar(settled)
