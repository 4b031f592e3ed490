"""What the invoices room has the queue do."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.operations import billing_runs
from portal.shared.errands import Lane, inside


def _bill(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    billing_runs.bill_chunk(session, chunk_id, now=now)


bill_chunk = inside(
    billing_runs.BILL_CHUNK, title="Faturamento de um lote de mensalidades", work=_bill, lane=Lane.BILLING
)
