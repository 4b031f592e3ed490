"""Credit of a payer pays the next invoice."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.invoices.operations.ledger import post
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceState
from portal.receipts.events import CreditUsed
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit
from portal.receipts.operations.allocating import owed_by, pay_parts
from portal.receipts.queries.credits import usable_credits
from portal.receipts.rules.receiving import CreditReason
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.events import publish

DISCOUNTS = {
    CreditReason.REFERRAL: (PostingKind.REFERRAL, Account.REFERRALS),
    CreditReason.RETENTION: (PostingKind.RETENTION, Account.RETENTION),
}


def apply_credit(session: Session, *, invoice_id: int, actor: Actor | None, now: datetime) -> int:
    """Let what the payer of an open invoice has as credit pay it; how many centavos, 0 when there is none.

    It pays as money of today would, late charges first or last as agreed; but nothing of it is let go or
    kept for a few centavos: what is more than enough stays credit.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None or invoice.state is not InvoiceState.OPEN:
        return 0
    account, used = Account.credit_of(payer_of(invoice).customer_id), 0
    for credit, left in usable_credits(session, invoice, for_update=True):
        spread = owed_by(session, invoice, day_of(now))._replace(tolerance_cents=0).spread(left)
        if not spread.is_part:
            break
        part = spread.face_cents + spread.charges_cents
        use = CreditUse(credit_id=credit.id, invoice_id=invoice.id, amount_cents=part, used_at=now)
        session.add(use)
        session.flush()
        pay_parts(session, invoice, spread, key=use.key, at=now, booked=account, now=now)
        used += part
    if used:
        audit.record(
            session,
            action="credit_used",
            summary=f"Crédito de {format_money(used)} usado na fatura {invoice.label}",
            subject=invoice,
            actor=actor,
            now=now,
        )
        publish(session, CreditUsed(invoice_id=invoice.id, open_cents=invoice.open_cents, at=now))
    return used


def give_discount(
    session: Session,
    *,
    reason: CreditReason,
    cause_id: int,
    customer: Customer,
    amount_cents: int,
    now: datetime,
) -> CustomerCredit:
    """Owe a customer a discount that no money came for: it pays the next invoice, whole repasse included.

    `reason` says which account bears it; the row `cause_id` names the credit (a deferred trigger).
    """
    kind, account = DISCOUNTS[reason]
    credit = CustomerCredit(
        partner_id=customer.partner_id,
        customer_id=customer.id,
        amount_cents=amount_cents,
        reason=reason,
        created_at=now,
    )
    session.add(credit)
    post(
        session,
        kind=kind,
        debit=account,
        credit=Account.CUSTOMER_CREDIT,
        amount_cents=amount_cents,
        part=f"{cause_id}-{customer.id}",
        partner_id=customer.partner_id,
        customer_id=customer.id,
        now=now,
    )
    session.flush()
    return credit
