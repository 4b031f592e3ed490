"""One Pix pays several invoices: what comes in is booked for each of them as a payment of its own."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.joint_pix import JointPix, JointPixInvoice
from portal.banking.queries.joint_pix import list_joined
from portal.banking.rules.bank_notices import Credit
from portal.banking.rules.joint_pix import FewerThanTwo, parts_of
from portal.customers.models import Customer
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import lock_invoice
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import PaymentSource
from portal.shared.clock import day_of
from portal.shared.queueing import insert_once


def join_invoices(
    session: Session, *, customer: Customer, invoice_ids: Collection[int], now: datetime
) -> JointPix:
    """The one Pix of these invoices of a customer; of the same ones it is the same.

    Raises:
        FewerThanTwo: there is nothing to pay together.
    """
    ids = sorted(set(invoice_ids))
    if len(ids) < 2:
        raise FewerThanTwo
    key = ",".join(map(str, ids))
    whose = {"partner_id": customer.partner_id, "customer_id": customer.id}
    is_new = insert_once(session, JointPix, key="key", values={"key": key, "created_at": now, **whose})
    joint = session.scalars(select(JointPix).filter_by(key=key)).one()
    if is_new:
        session.add_all(
            JointPixInvoice(joint_pix_id=joint.id, invoice_id=invoice_id, **whose) for invoice_id in ids
        )
        session.flush()
    return joint


def receive_joint_pix(session: Session, *, joint_pix_id: int, credit: Credit, now: datetime) -> None:
    """Give a Pix to its invoices, the first due first, each what it asks for on the day; once.

    What is too little leaves the last ones open; what is too much goes with the last, by its rule.
    """
    told = select(Payment.id).where(
        Payment.source == PaymentSource.PIX, Payment.external_id == credit.external_id
    )
    if session.scalar(told) is not None:
        return
    joined = list_joined(session, joint_pix_id)
    locked = [lock_invoice(session, invoice.id) for invoice in sorted(joined, key=lambda each: each.id)]
    due = {each.id: due_on_day(session, each, day_of(credit.at)).total_cents for each in locked if each}
    asked = [(invoice.id, due[invoice.id]) for invoice in joined]
    for number, (invoice_id, cents) in enumerate(parts_of(credit.amount_cents, asked), 1):
        is_first = number == 1
        facts = {"txid": credit.reference}
        receive_payment(
            session,
            source=PaymentSource.PIX,
            external_id=credit.external_id if is_first else f"{credit.external_id}/{number}",
            invoice_id=invoice_id,
            amount_cents=cents,
            currency=credit.currency,
            paid_at=credit.at,
            payer=credit.payer,
            facts=facts if is_first else facts | {"origin_id": credit.external_id},
            now=now,
        )
