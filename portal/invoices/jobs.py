"""What the invoices room has the queue do."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.notifications import invoices_issued
from portal.invoices.operations import billing_runs
from portal.invoices.rules.billing import TELL_OF_INVOICES
from portal.shared.queue import Lane, local_job


def _bill(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    billing_runs.bill_chunk(session, chunk_id, now=now)


bill_chunk = local_job(
    billing_runs.BILL_CHUNK, title="Faturamento de um lote de mensalidades", work=_bill, lane=Lane.BILLING
)


def _tell(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    invoices_issued(session, chunk_id=chunk_id, now=now)


tell_of_invoices = local_job(
    TELL_OF_INVOICES, title="E-mails de um lote de faturas", work=_tell, lane=Lane.BILLING
)
