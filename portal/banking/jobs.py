"""What the banking room has the queue do: processing what the bank told us, and boletos of a billing run."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankNotice
from portal.banking.operations import bank_notices
from portal.banking.operations.boleto import issue_boletos
from portal.banking.queries.account import boleto_account
from portal.banking.rules.bank_notices import PROCESS_BANK_NOTICE
from portal.banking.rules.boleto import GIVE_BOLETOS
from portal.shared.queue import Lane, local_job


def _process(session: Session, notice_id: int, /, *, now: datetime) -> None:
    if session.get_one(BankNotice, notice_id).processed_at is None:
        bank_notices.process_notice(session, notice_id=notice_id, now=now)


process_notice = local_job(PROCESS_BANK_NOTICE, title="Receber aviso do banco", work=_process, lane=Lane.BANK)


def _give(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    issue_boletos(session, chunk_id=chunk_id, account=boleto_account(session), now=now)


give_boletos = local_job(GIVE_BOLETOS, title="Boletos de um lote de faturas", work=_give, lane=Lane.BILLING)
