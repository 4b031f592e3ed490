"""The only way into the ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.rules.ledger import Account, PostingKind
from portal.shared.queueing import insert_once


def post(
    session: Session,
    *,
    kind: PostingKind,
    debit: Account,
    credit: Account,
    amount_cents: int,
    now: datetime,
    payment_key: str = "",
    invoice_id: int | None = None,
    partner_id: int | None = None,
    customer_id: int | None = None,
    part: str = "",
) -> bool:
    """Book an amount (centavos, positive) from `credit` to `debit`; False when it was booked before.

    Once for each kind, invoice and payment; `part` tells several postings of one cause apart. Which accounts
    belong to what stands in `rules/ledger.py`.
    """
    values = posting_values(
        kind=kind,
        debit=debit,
        credit=credit,
        amount_cents=amount_cents,
        now=now,
        payment_key=payment_key,
        invoice_id=invoice_id,
        partner_id=partner_id,
        customer_id=customer_id,
        part=part,
    )
    session.flush()
    return insert_once(session, Posting, key="key", values=values)


def posting_values(
    *,
    kind: PostingKind,
    debit: Account,
    credit: Account,
    amount_cents: int,
    now: datetime,
    payment_key: str = "",
    invoice_id: int | None = None,
    partner_id: int | None = None,
    customer_id: int | None = None,
    part: str = "",
) -> dict[str, Any]:
    """The row that `post` books, for those that book many at once."""
    return {
        "key": f"{kind}:{invoice_id or '-'}:{part or '-'}:{payment_key or '-'}",
        "kind": kind,
        "debit_account": debit,
        "credit_account": credit,
        "amount_cents": amount_cents,
        "payment_key": payment_key,
        "invoice_id": invoice_id,
        "partner_id": partner_id,
        "customer_id": customer_id,
        "booked_at": now,
    }


def post_of_invoice(
    session: Session,
    invoice: Invoice,
    *,
    kind: PostingKind,
    debit: Account,
    credit: Account,
    amount_cents: int,
    now: datetime,
    payment_key: str = "",
    part: str = "",
) -> bool:
    """Book an amount about an invoice, see `post`."""
    return post(
        session,
        kind=kind,
        debit=debit,
        credit=credit,
        amount_cents=amount_cents,
        payment_key=payment_key,
        invoice_id=invoice.id,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        part=part,
        now=now,
    )
