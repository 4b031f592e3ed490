"""Writing down that a lot was paid to its partner."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.operations.ledger import post
from portal.invoices.rules.ledger import Account, PostingKind
from portal.payouts.models import Payout, PayoutTransfer
from portal.payouts.rules import NothingToPay, NotPaidYet, PayoutState, state_of, task_key
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.tasks.operations import close_by_key


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
    session.get_one(Payout, payout.id, with_for_update={"key_share": True})
    is_paid = session.scalar(select(PayoutTransfer.id).where(PayoutTransfer.payout_id == payout.id))
    state = state_of(payout.total_cents, is_paid=is_paid is not None)
    if state is not PayoutState.TO_PAY:
        raise NothingToPay(state)
    transfer = PayoutTransfer(
        payout_id=payout.id,
        partner_id=payout.partner_id,
        amount_cents=payout.total_cents,
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
        part=str(payout.id),
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
        key=task_key(payout.id),
        note=f"Pago em {format_date(transfer.paid_on)}, identificação {transfer.reference}.",
        actor=actor,
        now=now,
    )
