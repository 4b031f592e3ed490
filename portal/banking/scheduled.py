"""What the banking room does by the calendar."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from portal.banking.operations import settling
from portal.banking.operations.applying import apply_return
from portal.banking.operations.remittances import send_what_waits
from portal.banking.operations.taking_returns import digest_of, take_return
from portal.banking.operations.unheard import tell_of_refused
from portal.banking.pages import said_of_faults
from portal.banking.queries.account import bank_settings
from portal.banking.queries.bank_files import list_faults, state_of_return
from portal.banking.rules.bank_files import BankFileState
from portal.gateways.bank_folder import list_returns, set_aside
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.brazil import is_bank_day
from portal.shared.clock import day_of, outside
from portal.shared.refusals import Refusal
from portal.shared.schedule import JobReport, job

AT_ONCE = 20


@job("settle-boletos", title="Boletos em compensação")
def settle_due_boletos(session: Session, *, now: datetime) -> JobReport:
    """Book the boletos that the banks credit today."""
    settled = settling.settle_boletos(session, today=day_of(now), now=now)
    return JobReport(
        f"Boletos compensados: {settled}.", {"settled": settled}, more=settled >= settling.AT_ONCE
    )


@job("send-remittances", title="Remessas na pasta do banco")
def send_remittances(session: Session, *, now: datetime) -> JobReport:
    """Have what waits for a bank registered or taken back, on bank days, where a folder leads to the bank.

    Without one a person makes the files and takes them to the bank.
    """
    if bank_settings().folder is None:
        return JobReport("Nenhuma pasta do banco configurada.", {})
    works = value(session, Name.BANKS_WORK_ON_LAST_DAY) == 1
    if not is_bank_day(day_of(now), last_of_year=works):
        return JobReport("Hoje os bancos não trabalham.", {})
    sent = send_what_waits(session, now=now)
    return JobReport(f"Remessas a enviar: {sent}.", {"sent": sent}, more=sent > 0)


@job("collect-returns", title="Retornos na pasta do banco")
def collect_returns(session: Session, *, now: datetime) -> JobReport:
    """Apply the returns that the bank's transfer program left in its folder.

    One that is applied for good, which the run after shows, leaves the folder; so a crash between loses none.
    """
    folder = bank_settings().folder
    if folder is None:
        return JobReport("Nenhuma pasta do banco configurada.", {})
    begun = refused = 0
    waiting = list_returns(folder, now=outside(now))
    for path in waiting[:AT_ONCE]:
        with path.open("rb") as stream:
            state = state_of_return(session, digest_of(stream)[0])
            if state is BankFileState.APPLIED:
                set_aside(path)
            elif state is BankFileState.APPLYING:
                continue
            elif said := _refused(session, path, stream, now=now):
                set_aside(path, refused=said)
                refused += 1
            else:
                begun += 1
    return JobReport(
        f"Retornos aplicados: {begun}. Recusados: {refused}.", {"applied": begun, "refused": refused}
    )


def _refused(session: Session, path: Path, stream: BinaryIO, *, now: datetime) -> str:
    """Why a return is not applied; empty when it is, or begins to be. Of one that is not, finance hears.

    A damaged one of an account of ours is kept, so that it stands among the bank's files with its lines.
    """
    kept = None
    try:
        with session.begin_nested():
            file = take_return(session, name=path.name, stream=stream, actor=None, now=now)
            if file.state is BankFileState.DAMAGED:
                kept, why = file, said_of_faults(list_faults(session, file.id))
            else:
                apply_return(session, file=file, actor=None, now=now)
                return ""
    except Refusal as refusal:
        why = refusal.message
    tell_of_refused(session, name=path.name, why=why, file=kept, now=now)
    return why
