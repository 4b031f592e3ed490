"""What the bank of the tests does by the calendar of a demonstration."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.queries.account import bank_settings
from portal.gateways.bank_folder import Outgoing, leave_return
from portal.sandbox_bank.operations.paying import live_the_day, tell_by_notice
from portal.shared.schedule import JobReport, job


@job("sandbox-bank-day", title="Banco de teste: pagamentos do dia")
def pay_by_habit(session: Session, *, now: datetime) -> JobReport:
    """Register what was sent, and pay as each customer is told to; returns go into the bank's folder."""
    bank = bank_settings()
    if not bank.sandbox:
        return JobReport("Sem banco de teste.", {})
    day, files = live_the_day(session, secret=bank.webhook_secret, now=now)
    for file in files:
        if bank.folder is None:
            tell_by_notice(session, file, secret=bank.webhook_secret, now=now)
        else:
            leave_return(Outgoing(folder=bank.folder, name=file.name, content=file.content))
    return JobReport(
        f"Pagamentos: {day.paid}. Arquivos de retorno: {len(files)}.", {"paid": day.paid, "files": len(files)}
    )
