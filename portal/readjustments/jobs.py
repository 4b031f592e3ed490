"""What the readjustments room has the queue do."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.readjustments.operations.writing import write_readjustments
from portal.readjustments.rules.campaigns import WRITE_READJUSTMENTS
from portal.shared.queue import local_job


def _write(session: Session, first_id: int, /, *, now: datetime) -> None:
    write_readjustments(session, first_id, now=now)


write_chunk = local_job(WRITE_READJUSTMENTS, title="Preços de um lote de reajustes", work=_write)
