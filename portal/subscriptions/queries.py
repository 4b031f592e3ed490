"""Reads of the coverage ledger."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.subscriptions.models import Coverage


def released_until(session: Session, contract_id: int) -> date | None:
    """The last day a contract's service is paid for; None before its first coverage."""
    return session.scalar(select(func.max(Coverage.covers_until)).where(Coverage.contract_id == contract_id))


def list_coverages(session: Session, contract_id: int) -> Sequence[Coverage]:
    """The coverage rows of a contract, in their order."""
    return session.scalars(
        select(Coverage).where(Coverage.contract_id == contract_id).order_by(Coverage.number)
    ).all()
