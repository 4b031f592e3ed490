"""What the tax_notes room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.environment import environment
from portal.shared.schedule import JobReport, job
from portal.tax_notes.operations.preparing import plan_months
from portal.tax_notes.operations.sending import chase_notes, wake_waiting

NOT_CONFIGURED = JobReport("Nenhuma repartição fiscal configurada.", {})


@job("prepare-tax-notes", title="Notas fiscais do mês")
def prepare_tax_notes(session: Session, *, now: datetime) -> JobReport:
    """Look through the months that are due for what was paid since, and try again what waits."""
    if environment().nfse is None:
        return NOT_CONFIGURED
    months = plan_months(session, now=now)
    woken = wake_waiting(session, now=now)
    return JobReport(
        f"Meses a conferir: {len(months)}. Notas que aguardavam e tentam de novo: {woken}.",
        {"months": len(months), "woken": woken},
    )


@job("chase-tax-notes", title="Notas fiscais sem resposta")
def chase_tax_notes(session: Session, *, now: datetime) -> JobReport:
    """Ask again about what nobody asks about any more."""
    if environment().nfse is None:
        return NOT_CONFIGURED
    chased = chase_notes(session, now=now)
    return JobReport(f"Notas cobradas da repartição: {chased}.", {"chased": chased})
