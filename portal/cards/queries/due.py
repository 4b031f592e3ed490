"""Which invoices a card is to be charged for today."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.queries.cards import card_in_use
from portal.contracts.models import Contract
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.payment_methods import Way
from portal.subscriptions.rules import BilledTo

FIRST = 1


def list_invoices_to_charge(session: Session, *, today: date, limit: int) -> Sequence[Row[int, Card]]:
    """Open invoices after a contract's first, due and to be paid by card, with the card that pays them.

    Not one that a charge was begun for: a refused card has days of its own (`retries.py`).
    """
    return session.execute(
        select(Invoice.id, Card)
        .join(Contract, Contract.id == Invoice.contract_id)
        .join(Card, Card.id == card_in_use(BilledTo.CUSTOMER))
        .where(
            Invoice.state == InvoiceState.OPEN,
            Invoice.due_on <= today,
            Invoice.payment_method == Way.CARD,
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.installment_number > FIRST,
            ~select(Charge.id).where(Charge.invoice_id == Invoice.id).exists(),
        )
        .order_by(Invoice.customer_id, Invoice.id)
        .limit(limit)
    ).all()
