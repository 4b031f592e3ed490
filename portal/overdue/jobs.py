"""What the overdue room has the queue do."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.overdue.operations.nights import do_chunk, tell_chunk
from portal.overdue.rules.lateness import RECOMPUTE, TELL_OF_OVERDUE
from portal.shared.queue import Lane, local_job


def _recompute(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    do_chunk(session, chunk_id, now=now)


recompute_overdue = local_job(
    RECOMPUTE, title="Atrasos e suspensões de um lote", work=_recompute, lane=Lane.BILLING
)


def _tell(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    tell_chunk(session, chunk_id, now=now)


tell_of_overdue = local_job(
    TELL_OF_OVERDUE, title="E-mails de avisos e suspensões de um lote", work=_tell, lane=Lane.BILLING
)
