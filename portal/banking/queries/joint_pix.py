"""Reads of what is paid by one Pix together."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.banking.models.joint_pix import JointPix, JointPixInvoice
from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.shared.refusals import Missing


def list_joined(session: Session, joint_pix_id: int) -> Sequence[Invoice]:
    """Its invoices, the first due first."""
    return session.scalars(
        select(Invoice)
        .join(JointPixInvoice, JointPixInvoice.invoice_id == Invoice.id)
        .where(JointPixInvoice.joint_pix_id == joint_pix_id)
        .order_by(Invoice.due_on, Invoice.id)
    ).all()


def get_own_joint_pix(session: Session, joint_pix_id: int, *, customer_id: int) -> JointPix:
    """One of this customer.

    Raises:
        Missing: there is none, or it is somebody else's.
    """
    found = session.scalar(
        select(JointPix).where(JointPix.id == joint_pix_id, JointPix.customer_id == customer_id)
    )
    if found is None:
        raise Missing("Não encontramos este pagamento.")
    return found


def list_parts(session: Session, end_to_end_id: str) -> Sequence[Payment]:
    """The payments that one Pix of several invoices came in as, in order; fewer than two of any other."""
    return session.scalars(
        select(Payment)
        .where(
            Payment.source == PaymentSource.PIX,
            or_(
                Payment.external_id == end_to_end_id,
                Payment.external_id.startswith(f"{end_to_end_id}/", autoescape=True),
            ),
        )
        .order_by(Payment.id)
    ).all()


def customers_of(session: Session, joint_pix_ids: Collection[int]) -> Collection[int]:
    """Whose they are."""
    return session.scalars(select(JointPix.customer_id).where(JointPix.id.in_(joint_pix_ids))).all()
