"""Reads of notices and suspensions."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.overdue.models import OverdueNotice, Suspension
from portal.overdue.queries.facts import among
from portal.shared.refusals import Missing


def list_notices(session: Session, ids: Collection[int]) -> Sequence[OverdueNotice]:
    """Notices by their ids."""
    return session.scalars(select(OverdueNotice).where(among(OverdueNotice.id, ids))).all()


def list_suspensions(session: Session, ids: Collection[int]) -> Sequence[Suspension]:
    """Suspensions by their ids, with their notices."""
    notice = joinedload(Suspension.notice, innerjoin=True)
    return session.scalars(select(Suspension).options(notice).where(among(Suspension.id, ids))).all()


def load_suspension(session: Session, suspension_id: int) -> Suspension:
    """A suspension with its notice. Raises `Missing`."""
    found = list_suspensions(session, [suspension_id])
    if not found:
        raise Missing("Não encontramos esta suspensão.")
    return found[0]


def is_settling(session: Session, contract_id: int) -> bool:
    """Whether a boleto of a contract is paid, and its invoice still open."""
    return bool(session.scalar(select(func.is_boleto_settling(contract_id))))
