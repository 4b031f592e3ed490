"""What the receipts room has the queue do: using the credit of payers for invoices of a billing run."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.receipts.operations.credit import apply_credit
from portal.receipts.rules.receiving import USE_CREDIT
from portal.shared.queue import Lane, local_job


def _use(session: Session, invoice_id: int, /, *, now: datetime) -> None:
    apply_credit(session, invoice_id=invoice_id, actor=None, now=now)


use_credit = local_job(USE_CREDIT, title="Usar crédito em uma fatura", work=_use, lane=Lane.BILLING)
