"""Writing down that a lot was paid to its partner, and that this was written down wrongly."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.operations.ledger import post
from portal.invoices.rules.ledger import Account, PostingKind
from portal.payouts.models import Payout, PayoutTransfer, PayoutUndoing
from portal.payouts.rules import (
    DUE_HOUR,
    PAY_WITHIN_BUSINESS_DAYS,
    NothingToPay,
    NothingToUndo,
    NotPaidYet,
    PayoutState,
    state_of,
    task_key,
)
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import add_business_days, format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.operations import close_by_key, open_task
from portal.tasks.rules import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """Where a lot was paid to, as finance sent it: the partner's account, and the bank's reference."""

    paid_on: date
    bank: str
    branch: str
    account: str
    reference: str


def record_transfer(
    session: Session, *, payout: Payout, remittance: Remittance, actor: Actor, now: datetime
) -> PayoutTransfer:
    """Write down, once, that the whole of a lot was paid, and book it.

    Raises:
        NotPaidYet: the day is still to come.
        NothingToPay: it was written down before, or the total is not above zero.
    """
    if remittance.paid_on > day_of(now):
        raise NotPaidYet
    _lock(session, payout)
    state = state_of(payout.total_cents, is_paid=_standing(session, payout) is not None)
    if state is not PayoutState.TO_PAY:
        raise NothingToPay(state)
    transfer = PayoutTransfer(
        payout_id=payout.id,
        partner_id=payout.partner_id,
        amount_cents=payout.total_cents,
        attempt=1 + _count(session, payout),
        **asdict(remittance),
        recorded_at=now,
        recorded_by_id=actor.user_id,
    )
    session.add(transfer)
    session.flush()
    _follow(session, payout, transfer, actor=actor, now=now)
    return transfer


def _follow(
    session: Session, payout: Payout, transfer: PayoutTransfer, *, actor: Actor, now: datetime
) -> None:
    """Book it, note it, and end the task that asked for it."""
    post(
        session,
        kind=PostingKind.PAYOUT,
        debit=Account.REPASSE_PAYABLE,
        credit=Account.REPASSE_PAID,
        amount_cents=payout.total_cents,
        partner_id=payout.partner_id,
        part=part_of(transfer),
        now=now,
    )
    audit.record(
        session,
        action="payout_paid",
        summary=f"Repasse de {format_money(payout.total_cents)} pago em {format_date(transfer.paid_on)},"
        f" {payout.label}",
        subject=transfer,
        actor=actor,
        now=now,
    )
    close_by_key(
        session,
        key=task_key(payout.id, attempt=transfer.attempt),
        note=f"Pago em {format_date(transfer.paid_on)}, identificação {transfer.reference}.",
        actor=actor,
        now=now,
    )


def undo_transfer(
    session: Session, *, payout: Payout, reason: str, actor: Actor, now: datetime
) -> PayoutUndoing:
    """Say that the payment of a lot was written down wrongly: it is to be paid again. Nothing is edited.

    Raises:
        NothingToUndo: none stands, or somebody undid it first.
    """
    _lock(session, payout)
    transfer = _standing(session, payout)
    if transfer is None:
        raise NothingToUndo
    undoing = PayoutUndoing(
        transfer_id=transfer.id,
        payout_id=payout.id,
        partner_id=payout.partner_id,
        reason=reason,
        undone_at=now,
        undone_by_id=actor.user_id,
    )
    session.add(undoing)
    session.flush()
    post(
        session,
        kind=PostingKind.PAYOUT_UNDONE,
        debit=Account.REPASSE_PAID,
        credit=Account.REPASSE_PAYABLE,
        amount_cents=transfer.amount_cents,
        partner_id=payout.partner_id,
        part=part_of(transfer),
        now=now,
    )
    audit.record(
        session,
        action="payout_undone",
        summary=f"Pagamento de {format_money(transfer.amount_cents)} desfeito, {payout.label}",
        subject=undoing,
        actor=actor,
        now=now,
        reason=reason,
    )
    _ask_to_pay_again(session, payout, transfer, reason=reason, actor=actor, now=now)
    return undoing


def part_of(transfer: PayoutTransfer) -> str:
    """Names the payment of a lot in the ledger; the first by the lot alone."""
    first = str(transfer.payout_id)
    return first if transfer.attempt == 1 else f"{first}:{transfer.attempt}"


def _ask_to_pay_again(
    session: Session,
    payout: Payout,
    transfer: PayoutTransfer,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    due_on = add_business_days(day_of(now), PAY_WITHIN_BUSINESS_DAYS)
    open_task(
        session,
        key=task_key(payout.id, attempt=transfer.attempt + 1),
        kind=TaskKind.PAY_REPASSE,
        team=Role.FINANCE,
        title=f"Pagar {format_money(payout.total_cents)}, {payout.label}: o pagamento foi desfeito",
        detail=reason,
        subject=payout,
        due_at=at_sao_paulo(due_on, DUE_HOUR),
        actor=actor,
        now=now,
    )


def _lock(session: Session, payout: Payout) -> None:
    session.scalars(select(Payout.id).where(Payout.id == payout.id).with_for_update(key_share=True)).one()


def _standing(session: Session, payout: Payout) -> PayoutTransfer | None:
    """The payment of a lot that was not undone."""
    of_lot = select(PayoutTransfer).where(PayoutTransfer.payout_id == payout.id, PayoutTransfer.stands())
    return session.scalar(of_lot)


def _count(session: Session, payout: Payout) -> int:
    of_lot = select(func.count()).where(PayoutTransfer.payout_id == payout.id)
    return session.scalar(of_lot) or 0
