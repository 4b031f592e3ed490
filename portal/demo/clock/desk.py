"""Finance's daily work while the clock is moved: by the same operations as the screens, in people's names."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.operations.remittances import make_remittance, mark_sent
from portal.banking.queries.account import as_boleto_account, list_accounts
from portal.banking.rules.bank_files import NothingToSend
from portal.payouts.models.payout import Payout, PayoutClosing, PayoutTransfer
from portal.payouts.operations.closing import ask_to_close
from portal.payouts.operations.paying import Remittance, record_transfer
from portal.payouts.rules import month_before
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import confirm_ted, confirm_ted_again
from portal.receipts.rules.ted import TedState
from portal.shared.auth import Actor, Role
from portal.shared.brazil import is_business_day
from portal.shared.clock import day_of
from portal.shared.refusals import Refusal
from portal.users.models import User

CLOSES_FROM_DAY = 3


def keep_desk(session: Session, *, now: datetime) -> None:
    """What finance does of a working day: remittances, TEDs the bank told of, last month's repasse.

    Without anybody of finance nothing is done; what needs two people waits without an administrator.
    """
    finance, administrator = _somebody(session, Role.FINANCE), _somebody(session, Role.ADMIN)
    if finance is None or not is_business_day(day_of(now)):
        return
    _send_remittances(session, finance, now=now)
    _confirm_teds(session, finance, administrator, now=now)
    _pay_partners(session, finance, now=now)
    if day_of(now).day >= CLOSES_FROM_DAY:
        _close_month(session, finance, now=now)


def _somebody(session: Session, role: Role) -> Actor | None:
    user = session.scalars(
        select(User)
        .where(User.role == role, User.activated_at.is_not(None), User.disabled_at.is_(None))
        .order_by(User.id)
        .limit(1)
    ).one_or_none()
    if user is None:
        return None
    return Actor(user_id=user.id, session_token="", name=user.name, email=user.email, role=role)


def _send_remittances(session: Session, finance: Actor, *, now: datetime) -> None:
    for row in list_accounts(session):
        with suppress(NothingToSend):
            file = make_remittance(session, account=as_boleto_account(row), actor=finance, now=now)
            mark_sent(session, file_id=file.id, actor=finance, now=now)


def _confirm_teds(session: Session, finance: Actor, second: Actor | None, *, now: datetime) -> None:
    told = select(TedTransfer).where(TedTransfer.bank_reference.is_not(None))
    for transfer in session.scalars(told.where(TedTransfer.state == TedState.WAITING)).all():
        with suppress(Refusal), session.begin_nested():
            confirm_ted(
                session,
                transfer=transfer,
                amount_cents=transfer.amount_cents or 0,
                credited_on=transfer.credited_on or day_of(now),
                actor=finance,
                now=now,
            )
    for transfer in session.scalars(told.where(TedTransfer.state == TedState.CONFIRMED_ONCE)).all():
        if second is not None:
            with suppress(Refusal), session.begin_nested():
                confirm_ted_again(session, transfer=transfer, actor=second, now=now)


def _close_month(session: Session, finance: Actor, *, now: datetime) -> None:
    month = month_before(day_of(now))
    if session.scalar(select(PayoutClosing.id).where(PayoutClosing.month == month).limit(1)) is None:
        ask_to_close(session, month=month, actor=finance, now=now)


def _pay_partners(session: Session, finance: Actor, *, now: datetime) -> None:
    paid = select(PayoutTransfer.payout_id).where(PayoutTransfer.stands())
    for payout in session.scalars(select(Payout).where(Payout.total_cents > 0, Payout.id.not_in(paid))).all():
        sent = Remittance(
            paid_on=day_of(now),
            bank="341",
            branch="0057",
            account=f"{10000 + payout.partner_id}-1",
            reference=f"REPASSE{payout.id:06d}",
        )
        with suppress(Refusal), session.begin_nested():
            record_transfer(session, payout=payout, remittance=sent, actor=finance, now=now)
