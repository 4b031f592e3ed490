"""What the banking room has the queue do: working off what the bank told us, and boletos of a billing run."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankNotice
from portal.banking.operations.bank_notices import work_off_notice
from portal.banking.operations.boleto import issue_boletos
from portal.banking.queries.account import boleto_account
from portal.banking.rules.bank_notices import TAKE_BANK_NOTICE
from portal.banking.rules.boleto import GIVE_BOLETOS, BoletoAccount
from portal.shared.errands import ErrandKind, Lane, inside


def _prepare(
    session: Session,
    notice_id: int,
    *,
    now: datetime,  # noqa: ARG001 - every errand is prepared at some time
) -> BoletoAccount | None:
    is_done = session.get_one(BankNotice, notice_id).processed_at is not None
    return None if is_done else boleto_account()


def _do(account: BoletoAccount) -> BoletoAccount:
    """Nothing outside: all of it is rows of ours."""
    return account


def _settle(session: Session, notice_id: int, account: BoletoAccount, *, now: datetime) -> None:
    work_off_notice(session, notice_id=notice_id, account=account, now=now)


take_notice = ErrandKind(
    name=TAKE_BANK_NOTICE,
    title="Receber aviso do banco",
    lane=Lane.BANK,
    prepare=_prepare,
    do=_do,
    settle=_settle,
)


def _give(session: Session, chunk_id: int, /, *, now: datetime) -> None:
    issue_boletos(session, chunk_id=chunk_id, account=boleto_account(), now=now)


give_boletos = inside(GIVE_BOLETOS, title="Boletos de um lote de faturas", work=_give, lane=Lane.BILLING)
