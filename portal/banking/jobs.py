"""What the banking room has the queue do: processing what the bank told us, returns, statements, boletos of
a billing run, remittances on their way, and Pix given back.
"""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankNotice
from portal.banking.operations import bank_notices, pix_returns
from portal.banking.operations.applying import apply_next_parts
from portal.banking.operations.boleto import issue_boletos
from portal.banking.operations.checking import check_next_part
from portal.banking.operations.remittances import mark_sent
from portal.banking.operations.statements import match_some
from portal.banking.queries.account import bank_settings, boleto_account
from portal.banking.queries.bank_files import get_bank_file
from portal.banking.queries.file_contents import whole_content
from portal.banking.rules.bank_files import APPLY_RETURN, CHECK_RETURN, PUT_REMITTANCE, BankFileState
from portal.banking.rules.bank_notices import PROCESS_BANK_NOTICE
from portal.banking.rules.boleto import GIVE_BOLETOS
from portal.banking.rules.statement import MATCH_STATEMENT
from portal.gateways.bank_folder import FolderUnavailable, Outgoing, put
from portal.gateways.pix.interface import PixGateway, PixReturnOrder, PixReturnReport, PixUnavailable
from portal.receipts.rules.refunds import RETURN_PIX
from portal.shared.queue import JobKind, Lane, TryLater, enqueue, local_job


def _process(session: Session, notice_id: int, /, *, now: datetime) -> None:
    if session.get_one(BankNotice, notice_id).processed_at is None:
        bank_notices.process_notice(session, notice_id=notice_id, now=now)


process_notice = local_job(PROCESS_BANK_NOTICE, title="Receber aviso do banco", work=_process, lane=Lane.BANK)


def _check(session: Session, file_id: int, /, *, now: datetime) -> None:
    check_next_part(session, file_id=file_id, now=now)


check_return = local_job(CHECK_RETURN, title="Conferir retorno", work=_check, lane=Lane.BANK)


def _apply(session: Session, share_id: int, /, *, now: datetime) -> None:
    apply_next_parts(session, share_id=share_id, now=now)


apply_return = local_job(APPLY_RETURN, title="Aplicar retorno", work=_apply, lane=Lane.BANK)


def _match(session: Session, statement_id: int, /, *, now: datetime) -> None:
    if match_some(session, statement_id=statement_id, now=now):
        enqueue(session, MATCH_STATEMENT, subject_id=statement_id, now=now)


match_statement = local_job(MATCH_STATEMENT, title="Conferir extrato", work=_match, lane=Lane.BANK)


def _give(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    issue_boletos(session, chunk_id=chunk_id, account=boleto_account(session), now=now)


give_boletos = local_job(GIVE_BOLETOS, title="Boletos de um lote de faturas", work=_give, lane=Lane.BILLING)


def _prepare(session: Session, file_id: int, *, now: datetime) -> Outgoing | None:  # noqa: ARG001 - the queue gives it
    file = get_bank_file(session, file_id)
    folder = bank_settings().folder
    if folder is None or file.state is not BankFileState.MADE:
        return None
    return Outgoing(folder=folder, name=file.name, content=whole_content(session, file))


def _put(outgoing: Outgoing) -> bool:
    try:
        put(outgoing)
    except FolderUnavailable as error:
        raise TryLater(f"bank folder: {error}") from error
    return True


def _mark(session: Session, file_id: int, _put: bool, *, now: datetime) -> None:
    if get_bank_file(session, file_id).state is BankFileState.MADE:
        mark_sent(session, file_id=file_id, actor=None, now=now)


put_remittance = JobKind(
    name=PUT_REMITTANCE,
    title="Pôr remessa na pasta do banco",
    lane=Lane.BANK,
    before=_prepare,
    call=_put,
    record=_mark,
)


def _give_back(order: PixReturnOrder) -> PixReturnReport:
    gateway: PixGateway | None = current_app.extensions["portal.pix"]
    if gateway is None:
        raise TryLater("no Pix interface of the bank is configured")
    try:
        return gateway.give_back(order)
    except PixUnavailable as error:
        raise TryLater(f"the bank's Pix interface does not answer: {error}") from error


return_pix = JobKind(
    name=RETURN_PIX,
    title="Devolver Pix",
    lane=Lane.BANK,
    before=pix_returns.prepare_return,
    call=_give_back,
    record=pix_returns.settle_return,
)
