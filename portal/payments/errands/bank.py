"""Working off what the bank told us, apart from its call, and what follows for boletos from money."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.payments.models import BankNotice
from portal.payments.operations.bank_notices import work_off_notice
from portal.payments.operations.collecting import stop_collecting
from portal.payments.queries.account import boleto_account
from portal.payments.rules.bank_notices import TAKE_BANK_NOTICE
from portal.payments.rules.boleto import BoletoAccount
from portal.payments.rules.receiving import STOP_COLLECTING
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


ERRANDS = (
    ErrandKind(
        name=TAKE_BANK_NOTICE,
        title="Receber aviso do banco",
        lane=Lane.BANK,
        prepare=_prepare,
        do=_do,
        settle=_settle,
    ),
    inside(STOP_COLLECTING, title="Recolher boleto e cobrança de uma fatura paga", work=stop_collecting),
)
