"""The only way money comes in: card, boleto, Pix and TED alike.

Whatever is delivered twice, in parallel or in another order counts once; whatever does not fit is kept,
with the reason, for finance.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.ledger import post
from portal.invoices.operations.settling import settle_invoice
from portal.invoices.queries.reading import lock_invoice, open_cents
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.rules.receiving import (
    CURRENCY,
    CreditReason,
    Owed,
    ParkReason,
    Payer,
    PaymentOutcome,
    PaymentSource,
    match_payment,
)
from portal.shared import audit
from portal.shared.brazil import format_money


def receive_payment(
    session: Session,
    *,
    source: PaymentSource | str,
    external_id: str,
    invoice_id: int | None,
    amount_cents: int,
    currency: str,
    paid_at: datetime,
    payer: Payer,
    facts: Mapping[str, Any],
    fee_cents: int = 0,
    now: datetime,
) -> Payment:
    """Write down money that came in and let it pay its invoice. The same payment again changes nothing.

    The whole open amount of an open invoice settles it. Money for an invoice that is paid or void becomes
    its payer's credit. Anything else is parked with its reason (invariants M5, S1, S2, S4). `facts` are
    what the source says beside: plain JSON, no card data. The bank kept `fee_cents` of the amount for itself:
    the payer paid all of it, and the rest is our cost.
    """
    values = {
        "source": PaymentSource(source),
        "external_id": external_id,
        "amount_cents": amount_cents,
        "fee_cents": fee_cents,
        "credited_cents": amount_cents - fee_cents,
        "currency": currency.upper(),
        "paid_at": paid_at,
        "received_at": now,
        "payer_name": payer.name,
        "payer_document": payer.document,
        "facts": dict(facts),
        "outcome": PaymentOutcome.PARKED,
    }
    once = insert(Payment).values(**values).on_conflict_do_nothing(index_elements=["source", "external_id"])
    is_new = session.execute(once.returning(Payment.id)).first() is not None
    same = select(Payment).where(Payment.source == values["source"], Payment.external_id == external_id)
    payment = session.scalars(same).one()
    if is_new:
        _place(session, payment, payer, invoice_id, now=now)
        _book_fee(session, payment, now=now)
    return payment


def _book_fee(session: Session, payment: Payment, *, now: datetime) -> None:
    """What the bank kept never reached our account: cash is what was credited."""
    if payment.fee_cents and payment.currency == CURRENCY:
        post(
            session,
            kind=PostingKind.FEE,
            debit=Account.BANK_FEES,
            credit=Account.cash_of(payment.key),
            amount_cents=payment.fee_cents,
            payment_key=payment.key,
            now=now,
        )


def settle_with(
    session: Session,
    payment: Payment,
    invoice: Invoice,
    amount_cents: int,
    *,
    now: datetime,
    was_parked: bool = False,
) -> None:
    """Let a payment pay `amount_cents` of an invoice that is locked and open."""
    payment.outcome = PaymentOutcome.SETTLED
    belong_to(payment, invoice)
    session.flush()
    settle_invoice(
        session,
        invoice_id=invoice.id,
        payment_key=payment.key,
        amount_cents=amount_cents,
        at=payment.paid_at,
        now=now,
        source=Account.UNIDENTIFIED if was_parked else None,
    )


def credit_customer(
    session: Session,
    payment: Payment,
    *,
    customer_id: int | None,
    partner_id: int,
    amount_cents: int,
    reason: CreditReason,
    now: datetime,
    was_parked: bool = False,
) -> CustomerCredit:
    """Keep money of a payment as what we owe the customer or, without one, the partner that paid."""
    credit = CustomerCredit(
        payment_id=payment.id,
        partner_id=partner_id,
        customer_id=customer_id,
        amount_cents=amount_cents,
        reason=reason,
        created_at=now,
    )
    session.add(credit)
    post(
        session,
        kind=PostingKind.RESOLVED if was_parked else PostingKind.CREDITED,
        debit=Account.UNIDENTIFIED if was_parked else Account.cash_of(payment.key),
        credit=Account.credit_of(customer_id),
        amount_cents=amount_cents,
        payment_key=payment.key,
        partner_id=partner_id,
        customer_id=customer_id,
        now=now,
    )
    _write_down_credit(session, payment, credit, now=now)
    return credit


def keep_credit_of_invoice(session: Session, *, invoice: Invoice, amount_cents: int, now: datetime) -> None:
    """Keep what was paid of an invoice, voided since and booked as credit, as what we owe its payer."""
    credit = CustomerCredit(
        invoice_id=invoice.id,
        partner_id=invoice.partner_id,
        customer_id=payer_of(invoice).customer_id,
        amount_cents=amount_cents,
        reason=CreditReason.VOIDED,
        created_at=now,
    )
    session.add(credit)
    session.flush()


def keep_credit_of_note(
    session: Session, *, invoice: Invoice, credit_note_id: int, amount_cents: int, now: datetime
) -> None:
    """Keep what a credit note gives back, booked as credit, as what we owe the invoice's payer."""
    credit = CustomerCredit(
        credit_note_id=credit_note_id,
        partner_id=invoice.partner_id,
        customer_id=payer_of(invoice).customer_id,
        amount_cents=amount_cents,
        reason=CreditReason.CREDIT_NOTE,
        created_at=now,
    )
    session.add(credit)
    session.flush()


def belong_to(payment: Payment, invoice: Invoice) -> None:
    """Say whose payment it is: of who owes the invoice."""
    payer = payer_of(invoice)
    payment.invoice_id, payment.partner_id, payment.customer_id = (
        invoice.id,
        payer.partner_id,
        payer.customer_id,
    )


def _place(
    session: Session, payment: Payment, payer: Payer, invoice_id: int | None, *, now: datetime
) -> None:
    invoice = lock_invoice(session, invoice_id) if invoice_id is not None else None
    if invoice is None:
        _park(session, payment, ParkReason.UNKNOWN_INVOICE, None, now=now)
        return
    owed = owed_by(session, invoice)
    verdict = match_payment(
        amount_cents=payment.amount_cents, currency=payment.currency, payer=payer, owed=owed
    )
    if isinstance(verdict, ParkReason):
        _park(session, payment, verdict, invoice, now=now)
    elif verdict is None:
        settle_with(session, payment, invoice, payment.amount_cents, now=now)
        _write_down(session, payment, invoice, now=now)
    else:
        payment.outcome = PaymentOutcome.CREDITED
        belong_to(payment, invoice)
        credit_customer(
            session,
            payment,
            customer_id=payment.customer_id,
            partner_id=invoice.partner_id,
            amount_cents=payment.amount_cents,
            reason=verdict,
            now=now,
        )


def owed_by(session: Session, invoice: Invoice) -> Owed:
    """What a locked invoice still asks for."""
    return Owed(
        state=invoice.state.value,
        customer_id=invoice.customer_id,
        payer_document=invoice.payer_document,
        currency=invoice.currency,
        open_cents=open_cents(session, invoice.id),
    )


def _park(
    session: Session, payment: Payment, reason: ParkReason, invoice: Invoice | None, *, now: datetime
) -> None:
    parked = ParkedPayment(
        payment_id=payment.id, reason=reason, meant_invoice_id=invoice.id if invoice else None, parked_at=now
    )
    session.add(parked)
    if payment.currency == CURRENCY:  # what is not in reais is no cash of this ledger
        post(
            session,
            kind=PostingKind.PARKED,
            debit=Account.cash_of(payment.key),
            credit=Account.UNIDENTIFIED,
            amount_cents=payment.amount_cents,
            payment_key=payment.key,
            now=now,
        )
    amount = f"{payment.source.label} de {format_money(payment.amount_cents)}"
    audit.record(
        session,
        action="payment_parked",
        summary=f"{amount} a conferir: {reason.label.lower()}",
        subject=payment,
        actor=None,
        now=now,
    )


def _write_down(session: Session, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    audit.record(
        session,
        action="payment_received",
        summary=f"Recebemos {format_money(payment.amount_cents)} por {payment.source.label} "
        f"para a fatura {invoice.label}",
        subject=payment,
        owner=invoice,
        actor=None,
        now=now,
    )


def _write_down_credit(session: Session, payment: Payment, credit: CustomerCredit, *, now: datetime) -> None:
    why = credit.reason.label.lower()
    whom = "o parceiro" if credit.customer_id is None else "o cliente"
    audit.record(
        session,
        action="customer_credited",
        summary=f"Crédito de {format_money(credit.amount_cents)} para {whom}: {why}",
        subject=payment,
        owner=credit,
        actor=None,
        now=now,
    )
