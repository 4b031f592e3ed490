"""What the banking room does by the calendar."""

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal.banking.operations import settling
from portal.banking.operations.bank_files import apply_return
from portal.banking.operations.taking_returns import take_return
from portal.banking.queries.account import bank_settings
from portal.banking.queries.bank_files import is_applied
from portal.banking.rules.bank_files import BankFileState
from portal.gateways.bank_folder import list_returns, set_aside
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


@job("collect-returns", title="Retornos na pasta do banco")
def collect_returns(session: Session, *, now: datetime) -> JobReport:
    """Apply the returns that the bank's transfer program left in its folder.

    One that is applied for good, which the run after shows, leaves the folder; so a crash between loses none.
    """
    folder = bank_settings().folder
    if folder is None:
        return JobReport("Nenhuma pasta do banco configurada.", {})
    applied = refused = 0
    waiting = list_returns(folder, now=outside(now))
    for path in waiting[:AT_ONCE]:
        content = path.read_bytes()
        if is_applied(session, hashlib.sha256(content).hexdigest()):
            set_aside(path)
        elif said := _refused(session, path, content, now=now):
            set_aside(path, refused=said)
            refused += 1
        else:
            applied += 1
    return JobReport(
        f"Retornos aplicados: {applied}. Recusados: {refused}.", {"applied": applied, "refused": refused}
    )


def _refused(session: Session, path: Path, content: bytes, *, now: datetime) -> str:
    """Why a return was not applied; empty when it was."""
    try:
        with session.begin_nested():
            file = take_return(session, name=path.name, content=content, actor=None, now=now)
            if file.state is not BankFileState.APPLIED:
                apply_return(session, file=file, actor=None, now=now)
    except Refusal as refusal:
        return refusal.message
    return ""
