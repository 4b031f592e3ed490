"""Money of a payment, given to an invoice, its late charges, or its payer."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.late_charges import charge_all_open, pay_late_charges
from portal.invoices.operations.ledger import post, post_of_invoice
from portal.invoices.operations.settling import settle_invoice
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.rules.allocation import Allocation
from portal.receipts.rules.receiving import CreditReason, Owed, PaymentOutcome
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.shared.brazil import format_money


def settle_with(
    session: Session,
    payment: Payment,
    invoice: Invoice,
    spread: Allocation,
    *,
    now: datetime,
    was_parked: bool = False,
) -> None:
    """Spread a payment over an invoice that is locked, and its late charges; what is left is credit."""
    payment.outcome = PaymentOutcome.SETTLED
    belong_to(payment, invoice)
    session.flush()
    booked = Account.UNIDENTIFIED if was_parked else None
    pay_parts(session, invoice, spread, key=payment.key, at=payment.paid_at, booked=booked, now=now)
    source = booked or Account.cash_of(payment.key)
    if spread.surplus_cents:
        _keep_surplus(session, payment, invoice, spread.surplus_cents, source=source, now=now)
    if spread.credit_cents:
        credit_payer(
            session,
            payment,
            amount_cents=spread.credit_cents,
            reason=CreditReason.EXCESS,
            now=now,
            was_parked=was_parked,
        )


def pay_parts(
    session: Session,
    invoice: Invoice,
    spread: Allocation,
    *,
    key: str,
    at: datetime,
    booked: Account | None,
    now: datetime,
) -> None:
    """Let what is called `key` pay a locked invoice and its charges as it is spread, as of `at`.

    `booked` is the account its money stands on already; None: it is new.
    """
    if spread.face_cents:
        settle_invoice(
            session,
            invoice_id=invoice.id,
            payment_key=key,
            amount_cents=spread.face_cents,
            short_cents=spread.short_face_cents,
            at=at,
            now=now,
            source=booked,
        )
    elif spread.charges_cents:
        charge_all_open(session, invoice, payment_key=key, at=at, now=now)
    if spread.charges_cents:
        pay_late_charges(
            session,
            invoice,
            amount_cents=spread.charges_cents,
            short_cents=spread.short_charges_cents,
            payment_key=key,
            source=booked or Account.cash_of(key),
            now=now,
        )


def _keep_surplus(
    session: Session, payment: Payment, invoice: Invoice, cents: int, *, source: Account, now: datetime
) -> None:
    """A few centavos more than was asked for."""
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.ADJUSTED,
        debit=source,
        credit=Account.DIFFERENCES,
        amount_cents=cents,
        payment_key=payment.key,
        part="surplus",
        now=now,
    )


def credit_payer(
    session: Session,
    payment: Payment,
    *,
    amount_cents: int,
    reason: CreditReason,
    now: datetime,
    was_parked: bool = False,
) -> CustomerCredit:
    """Keep money of a payment as what we owe its payer: the customer or, without one, the partner."""
    credit = CustomerCredit(
        payment_id=payment.id,
        partner_id=payment.partner_id,
        customer_id=payment.customer_id,
        amount_cents=amount_cents,
        reason=reason,
        created_at=now,
    )
    session.add(credit)
    post(
        session,
        kind=PostingKind.RESOLVED if was_parked else PostingKind.CREDITED,
        debit=Account.UNIDENTIFIED if was_parked else Account.cash_of(payment.key),
        credit=Account.credit_of(payment.customer_id),
        amount_cents=amount_cents,
        payment_key=payment.key,
        partner_id=payment.partner_id,
        customer_id=payment.customer_id,
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


def owed_by(session: Session, invoice: Invoice, day: date) -> Owed:
    """What a locked invoice asks for on a day."""
    due = due_on_day(session, invoice, day)
    return Owed(
        state=invoice.state.value,
        customer_id=invoice.customer_id,
        payer_document=invoice.payer_document,
        currency=invoice.currency,
        open_cents=due.face_cents,
        charges_cents=due.charges_cents,
        tolerance_cents=value(session, Name.TOLERANCE_CENTS),
        charges_first=invoice.charges_first,
        days_late=due.days_late,
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
