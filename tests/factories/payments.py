"""Money for tests, as banks and processors send it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from portal.banking.rules.accounts import BoletoAccount
from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.queries.credits import usable_credits
from portal.receipts.rules.receiving import Payer
from tests.factories.quotes import NOON

A_DAY_LATER = NOON + timedelta(days=1)
ACCOUNT = BoletoAccount(
    bank="341",
    branch="0057",
    account="12345",
    account_digit="7",
    wallet="109",
    company="Portal Sistemas Ltda.",
    company_document="11222333000181",
)
_numbers = count(1)


def pay(
    session: Session,
    *,
    invoice_id: int | None,
    amount_cents: int = 199_90,
    now: datetime = A_DAY_LATER,
    **changes: Any,
) -> Payment:
    """A Pix of an invoice's usual amount; `changes` are arguments of `receive_payment`."""
    values: dict[str, Any] = {
        "source": "pix",
        "external_id": f"E341{next(_numbers):08d}",
        "currency": "BRL",
        "paid_at": now,
        "payer": Payer(name="Padaria Pão Quente Ltda"),
        "facts": {},
    }
    return receive_payment(
        session, invoice_id=invoice_id, amount_cents=amount_cents, now=now, **(values | changes)
    )


def available_cents(session: Session, invoice: Invoice) -> int:
    """What the payer of an invoice has left of its credit."""
    return sum(left for _credit, left in usable_credits(session, invoice))
