"""Files exchanged with the bank, for finance."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, undefer

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.rules.bank_files import BankFileKind
from portal.banking.rules.boleto import LIVE, BoletoState
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing

FILE_LIST = ListSpec(sorts={"data": BankFile.created_at}, default="-data", filters={"tipo": BankFileKind})


def list_bank_files(session: Session, request: ListRequest) -> Page[BankFile]:
    """A page of the files, without their contents."""
    statement = select(BankFile).options(joinedload(BankFile.created_by))
    if kind := request.filter("tipo"):
        statement = statement.where(BankFile.kind == BankFileKind(kind))
    return paginate(session, statement, request)


def get_bank_file(session: Session, file_id: int) -> BankFile:
    """A file with its content. Raises `Missing`."""
    found = session.scalar(
        select(BankFile)
        .where(BankFile.id == file_id)
        .options(undefer(BankFile.content), joinedload(BankFile.created_by), joinedload(BankFile.applied_by))
    )
    if found is None:
        raise Missing("Não encontramos este arquivo.")
    return found


def count_for_next_remittance(session: Session) -> int:
    """How many boletos the bank is to hear of."""
    new = (Boleto.state == BoletoState.ISSUED) & Boleto.remittance_id.is_(None)
    unneeded = Boleto.withdraw_asked_at.is_not(None) & Boleto.withdrawal_id.is_(None)
    waiting = select(func.count(Boleto.id)).where(Boleto.state.in_(LIVE), new | unneeded)
    return session.scalar(waiting) or 0


def count_without_answer(session: Session) -> int:
    """How many boletos were sent and not yet registered or rejected."""
    sent = select(func.count(Boleto.id)).where(
        Boleto.state == BoletoState.ISSUED, Boleto.remittance_id.is_not(None)
    )
    return session.scalar(sent) or 0
