"""What the dunning room has the queue do."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.dunning.operations.runs import send_chunk
from portal.dunning.rules.sending import RELEASE
from portal.shared.queue import Lane, local_job


def _send(session: Session, run_id: int, /, *, now: datetime) -> None:
    send_chunk(session, run_id, now=now)


release_dunning = local_job(RELEASE, title="Lembretes da régua de cobrança", work=_send, lane=Lane.BILLING)
