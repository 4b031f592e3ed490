"""What of an invoice's repasse was taken back, and what is left of it."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.payouts.models import RepasseAccrual, RepasseReversal
from portal.payouts.rules import REOPENED, Share
from portal.shared.refusals import Missing


def list_left(session: Session, invoice_id: int) -> list[tuple[RepasseAccrual, Share]]:
    """Each accrual of an invoice with what was not taken back of it, in the order of its lines."""
    figures = ("paid_cents", "cost_cents", "central_fee_cents", "vendor_share_cents", "repasse_cents")
    taken = (
        select(
            RepasseReversal.accrual_id,
            *(func.sum(getattr(RepasseReversal, name)).label(name) for name in figures),
        )
        .where(RepasseReversal.invoice_id == invoice_id)
        .group_by(RepasseReversal.accrual_id)
        .subquery()
    )
    left = (getattr(RepasseAccrual, name) + func.coalesce(taken.c[name], 0) for name in figures)
    rows = session.execute(
        select(RepasseAccrual, *left)
        .outerjoin(taken, taken.c.accrual_id == RepasseAccrual.id)
        .where(RepasseAccrual.invoice_id == invoice_id)
        .order_by(RepasseAccrual.position)
    ).all()
    return [(accrual, Share(*(int(cents) for cents in share))) for accrual, *share in rows]


def list_of_cause(session: Session, invoice_id: int, cause_key: str) -> Sequence[RepasseReversal]:
    """What one cause took back of an invoice, with the accruals it points to."""
    return session.scalars(
        select(RepasseReversal)
        .where(RepasseReversal.invoice_id == invoice_id, RepasseReversal.cause_key == cause_key)
        .options(joinedload(RepasseReversal.accrual))
        .order_by(RepasseReversal.id)
    ).all()


def list_keys_to_restore(session: Session, invoice_id: int) -> Sequence[str]:
    """The causes that took back an invoice's repasse when it was opened again, and did not give it since."""
    again = aliased(RepasseReversal)
    return session.scalars(
        select(RepasseReversal.cause_key)
        .where(
            RepasseReversal.invoice_id == invoice_id,
            RepasseReversal.cause_key.startswith(REOPENED),
            RepasseReversal.restores_id.is_(None),
            ~select(again.id).where(again.restores_id == RepasseReversal.id).exists(),
        )
        .group_by(RepasseReversal.cause_key)
        .order_by(func.min(RepasseReversal.id))
    ).all()


def get_reversal(session: Session, reversal_id: int, *, invoice_id: int) -> RepasseReversal:
    """A reversal of an invoice.

    Raises:
        Missing: the invoice has none such.
    """
    found = session.scalar(
        select(RepasseReversal).where(
            RepasseReversal.id == reversal_id, RepasseReversal.invoice_id == invoice_id
        )
    )
    if found is None:
        raise Missing("Não encontramos este estorno.")
    return found
