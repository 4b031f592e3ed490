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
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.operations.allocating import belong_to, credit_payer, owed_by, settle_with
from portal.receipts.operations.double_refund import ask_for_double_refund
from portal.receipts.queries.held import lock_paid_invoice
from portal.receipts.rules.allocation import Allocation
from portal.receipts.rules.receiving import (
    COLLECTED,
    CURRENCY,
    ParkReason,
    Payer,
    PaymentOutcome,
    PaymentSource,
    is_paid_twice_by_us,
    match_payment,
)
from portal.shared import audit
from portal.shared.brazil import format_money
from portal.shared.clock import day_of


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

    It pays the face value first, then late charges, or the other way round where that was agreed; less keeps
    the rest open, more is credit (`rules/allocation.py`). Money for an invoice that is in an agreement pays
    the agreement, its oldest open part first; for one that is paid or void it becomes its payer's credit, and
    where we took it ourselves finance is asked about the double refund. Anything else is parked with its
    reason (invariants M5, S1, S2, S4). `facts` are what the source says beside: plain JSON, no card data. The
    bank kept `fee_cents` of the amount for itself: the payer paid all of it, and the rest is our cost.
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


def park_again(
    session: Session,
    *,
    payment: Payment,
    external_id: str,
    amount_cents: int,
    facts: Mapping[str, Any],
    now: datetime,
) -> Payment:
    """Money of a parked payment that went back and came in again waits for finance, as that one did."""
    was = session.scalars(select(ParkedPayment).filter_by(payment_id=payment.id)).one()
    again = Payment(
        source=payment.source,
        external_id=external_id,
        amount_cents=amount_cents,
        credited_cents=amount_cents,
        currency=payment.currency,
        paid_at=payment.paid_at,
        received_at=now,
        payer_name=payment.payer_name,
        payer_document=payment.payer_document,
        facts=dict(facts),
        outcome=PaymentOutcome.PARKED,
    )
    session.add(again)
    session.flush()
    meant = session.get(Invoice, was.meant_invoice_id) if was.meant_invoice_id else None
    _park(session, again, was.reason, meant, now=now)
    return again


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


def _place(
    session: Session, payment: Payment, payer: Payer, invoice_id: int | None, *, now: datetime
) -> None:
    invoice = lock_paid_invoice(session, invoice_id) if invoice_id is not None else None
    if invoice is None:
        _park(session, payment, ParkReason.UNKNOWN_INVOICE, None, now=now)
        return
    state = invoice.state.value
    verdict = match_payment(
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        payer=payer,
        owed=owed_by(session, invoice, day_of(payment.paid_at)),
        is_exact=payment.source is PaymentSource.CARD,
        collected_cents=payment.facts.get(COLLECTED, 0),
    )
    if isinstance(verdict, ParkReason):
        _park(session, payment, verdict, invoice, now=now)
    elif isinstance(verdict, Allocation):
        settle_with(session, payment, invoice, verdict, now=now)
        _write_down(session, payment, invoice, verdict, now=now)
    else:
        payment.outcome = PaymentOutcome.CREDITED
        belong_to(payment, invoice)
        credit_payer(
            session,
            payment,
            amount_cents=payment.amount_cents,
            reason=verdict,
            now=now,
        )
    if not isinstance(verdict, Allocation) and is_paid_twice_by_us(payment.facts, state):
        ask_for_double_refund(session, payment, invoice, now=now)


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


def _write_down(
    session: Session, payment: Payment, invoice: Invoice, spread: Allocation, *, now: datetime
) -> None:
    charges = f", {format_money(spread.charges_cents)} de encargos" if spread.charges_cents else ""
    audit.record(
        session,
        action="payment_received",
        summary=f"Recebemos {format_money(payment.amount_cents)} por {payment.source.label} "
        f"para a fatura {invoice.label}{charges}",
        subject=payment,
        owner=invoice,
        actor=None,
        now=now,
    )
