"""Finance decides about money that did not find its invoice by itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices import queries as invoice_queries
from portal.invoices.operations import post
from portal.invoices.queries import InvoicePayer
from portal.invoices.rules import Account, InvoiceState, PostingKind
from portal.payments.models import ParkedPayment, Payment
from portal.payments.operations.receiving import credit_customer, settle_with
from portal.payments.rules.receiving import (
    CURRENCY,
    AlreadyResolved,
    CannotAssign,
    CreditReason,
    PaymentOutcome,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.refusals import Refusal


def assign_to_invoice(
    session: Session, *, parked: ParkedPayment, invoice_id: int, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Let a parked payment pay an invoice: what is more than its open amount becomes credit, less keeps the
    rest open.

    Raises:
        AlreadyResolved: somebody decided first.
        CannotAssign: the invoice is not open, or the money is not in its currency.
        Refusal: at `reason`, without one.
    """
    payment = _take(session, parked, PaymentOutcome.SETTLED, reason, actor, now=now)
    invoice = invoice_queries.lock_invoice(session, invoice_id)
    if invoice is None or invoice.state is not InvoiceState.OPEN:
        raise CannotAssign("Esta fatura não está em aberto. Escolha outra ou faça um crédito para o cliente.")
    if payment.currency != invoice.currency:
        raise CannotAssign("Este pagamento não é em reais. Devolva-o.")
    for_invoice = min(payment.amount_cents, invoice.open_cents)
    settle_with(session, payment, invoice, for_invoice, now=now, was_parked=True)
    if payment.amount_cents > for_invoice:
        credit_customer(
            session,
            payment,
            customer_id=payment.customer_id,
            partner_id=invoice.partner_id,
            amount_cents=payment.amount_cents - for_invoice,
            reason=CreditReason.EXCESS,
            now=now,
            was_parked=True,
        )
    summary = f"{_words(payment)} usado para a fatura {invoice.label}"
    _log(session, payment, "payment_assigned", summary, reason, actor=actor, now=now)
    return payment


def make_credit(
    session: Session, *, parked: ParkedPayment, payer: InvoicePayer, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Keep a parked payment as the credit of who owes, or owed, an invoice.

    Raises:
        AlreadyResolved: somebody decided first.
        Refusal: at `reason`, without one; or the money is not in reais.
    """
    payment = _take(session, parked, PaymentOutcome.CREDITED, reason, actor, now=now)
    if payment.currency != CURRENCY:
        raise Refusal("Este pagamento não é em reais. Devolva-o.")
    payment.customer_id, payment.partner_id = payer.customer_id, payer.partner_id
    payment.outcome = PaymentOutcome.CREDITED
    session.flush()
    credit_customer(
        session,
        payment,
        customer_id=payer.customer_id,
        partner_id=payer.partner_id,
        amount_cents=payment.amount_cents,
        reason=CreditReason.BY_FINANCE,
        now=now,
        was_parked=True,
    )
    summary = f"{_words(payment)} virou crédito {'do parceiro' if payer.is_partner else 'do cliente'}"
    _log(session, payment, "payment_credited", summary, reason, actor=actor, now=now)
    return payment


def mark_returned(
    session: Session, *, parked: ParkedPayment, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Finance sent the money of a parked payment back.

    Raises:
        AlreadyResolved: somebody decided first.
        Refusal: at `reason`, without one.
    """
    payment = _take(session, parked, PaymentOutcome.RETURNED, reason, actor, now=now)
    payment.outcome = PaymentOutcome.RETURNED
    if payment.currency == CURRENCY:
        post(
            session,
            kind=PostingKind.RESOLVED,
            debit=Account.UNIDENTIFIED,
            credit=Account.cash_of(payment.key),
            amount_cents=payment.amount_cents,
            payment_key=payment.key,
            now=now,
        )
    _log(session, payment, "payment_returned", f"{_words(payment)} devolvido", reason, actor=actor, now=now)
    return payment


def _take(
    session: Session,
    parked: ParkedPayment,
    resolution: PaymentOutcome,
    reason: str,
    actor: Actor,
    *,
    now: datetime,
) -> Payment:
    """Mark it as decided; whoever comes second is told so."""
    if not reason.strip():
        raise Refusal("Escreva o motivo.", field="reason")
    locked = session.get_one(ParkedPayment, parked.id, with_for_update=True, populate_existing=True)
    if locked.resolution is not None:
        raise AlreadyResolved
    locked.resolution, locked.resolution_note = resolution, reason.strip()
    locked.resolved_at, locked.resolved_by_id = now, actor.user_id
    return session.get_one(Payment, locked.payment_id)


def _words(payment: Payment) -> str:
    return f"{payment.source.label} de {format_money(payment.amount_cents)}"


def _log(
    session: Session,
    payment: Payment,
    action: str,
    summary: str,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=payment,
        actor=actor,
        now=now,
        partner_id=payment.partner_id,
        customer_id=payment.customer_id,
        reason=reason.strip(),
    )
