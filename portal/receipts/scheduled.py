"""What the receipts room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.receipts.operations.refunding import ask_again
from portal.shared.schedule import JobReport, job


@job("ask-about-refunds", title="Devoluções sem resposta")
def ask_about_refunds(session: Session, *, now: datetime) -> JobReport:
    """Ask the processor and the bank again what became of a refund."""
    asked = ask_again(session, now=now)
    return JobReport(f"Devoluções perguntadas de novo: {asked}.", {"asked": asked})
