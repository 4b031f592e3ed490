"""Which invoices a card is to be charged for today."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.queries.cards import card_in_use
from portal.cards.rules.cards import LIVE_CHARGE
from portal.contracts.models import Contract
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.payment_methods import Way
from portal.subscriptions.rules import FIRST, BilledTo


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
            or_(Invoice.installment_number > FIRST, Invoice.kind == InvoiceKind.AGREEMENT),
            ~select(Charge.id).where(Charge.invoice_id == Invoice.id).exists(),
        )
        .order_by(Invoice.customer_id, Invoice.id)
        .limit(limit)
    ).all()


def lock_chargeable(session: Session, invoice_ids: Sequence[int], *, again: bool) -> Sequence[Invoice]:
    """Those of the invoices that are still to be charged, under the locks of their contracts.

    `again`: they were charged before, in vain, and no charge is under way; else they never were. Not while a
    boleto of the contract is being settled: the money is on its way.
    """
    charged = select(Charge.id).where(Charge.invoice_id == Invoice.id)
    if again:
        charged = charged.where(Charge.state.in_(LIVE_CHARGE))
    of_contracts = select(Invoice.contract_id).where(Invoice.id.in_(invoice_ids))
    locked = select(Contract.id).where(Contract.id.in_(of_contracts)).order_by(Contract.id)
    session.execute(locked.with_for_update(key_share=True))
    return session.scalars(
        select(Invoice)
        .where(
            Invoice.id.in_(invoice_ids),
            Invoice.state == InvoiceState.OPEN,
            Invoice.paid_cents < Invoice.amount_cents,
            ~charged.exists(),
            ~func.is_boleto_settling(Invoice.contract_id),
        )
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
