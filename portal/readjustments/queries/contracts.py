"""What the room knows of one contract."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.readjustments.models import Readjustment, ReadjustmentHold


def find_hold(session: Session, contract_id: int) -> ReadjustmentHold | None:
    """The hold that keeps a contract from being readjusted, with who placed it; None when there is none."""
    return session.scalar(
        select(ReadjustmentHold)
        .where(ReadjustmentHold.contract_id == contract_id, ReadjustmentHold.lifted_at.is_(None))
        .options(joinedload(ReadjustmentHold.placed_by))
    )


def list_of_contract(session: Session, contract_id: int) -> Sequence[Readjustment]:
    """What campaigns did with a contract, the newest first, each with its campaign."""
    return session.scalars(
        select(Readjustment)
        .where(Readjustment.contract_id == contract_id)
        .options(joinedload(Readjustment.campaign))
        .order_by(Readjustment.due_on.desc(), Readjustment.id.desc())
    ).all()
