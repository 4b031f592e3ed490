"""A contract is kept from being readjusted, or let go again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import lock_contract
from portal.readjustments.models import Readjustment, ReadjustmentHold
from portal.readjustments.queries.contracts import find_hold
from portal.readjustments.rules.campaigns import Outcome
from portal.shared import audit
from portal.shared.auth import Actor
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.operations.pricing import NewPrice, write_prices
from portal.subscriptions.queries.reading import find_subscription


def place_hold(session: Session, *, contract: Contract, reason: str, actor: Actor, now: datetime) -> bool:
    """Keep a contract from being readjusted; one that was released and is not billed yet is taken back.

    Gives whether one was taken back. Asked again, the hold that is there stays.
    """
    lock_contract(session, contract.id)
    if find_hold(session, contract.id) is not None:
        return False
    hold = ReadjustmentHold(
        contract_id=contract.id,
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        reason=reason,
        placed_at=now,
        placed_by_id=actor.user_id,
    )
    session.add(hold)
    session.flush()
    taken_back = withdraw_unbilled(session, contract, reason=reason, actor=actor, now=now)
    what = "Reajuste suspenso" + (", e o que estava liberado foi desfeito" if taken_back else "")
    audit.record(
        session,
        action="readjustment_held",
        summary=f"{what} (contrato {contract.label})",
        subject=contract,
        reason=reason,
        actor=actor,
        now=now,
    )
    return taken_back


def lift_hold(session: Session, *, contract: Contract, actor: Actor, now: datetime) -> None:
    """Let a contract be readjusted again, from its next anniversary on. Told again, nothing happens."""
    lock_contract(session, contract.id)
    hold = find_hold(session, contract.id)
    if hold is None:
        return
    hold.lifted_at, hold.lifted_by_id = now, actor.user_id
    summary = f"Reajuste volta a valer a partir do próximo aniversário (contrato {contract.label})"
    audit.record(
        session, action="readjustment_hold_lifted", summary=summary, subject=contract, actor=actor, now=now
    )


def withdraw_unbilled(
    session: Session, contract: Contract, *, reason: str, actor: Actor | None, now: datetime
) -> bool:
    """Put back a readjustment of a locked contract that is not billed yet; whether there was one."""
    row = session.scalar(
        select(Readjustment)
        .where(
            Readjustment.contract_id == contract.id,
            Readjustment.outcome == Outcome.READJUSTED,
            Readjustment.withdrawn_at.is_(None),
        )
        .order_by(Readjustment.due_on.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    subscription = find_subscription(session, contract.id, for_update=True)
    if row is None or subscription is None or subscription.next_number > row.number:
        return False
    if row.written_at is not None:
        write_prices(session, [_price_before(session, subscription, row)], now=now)
    row.withdrawn_at, row.withdrawn_by_id = now, actor.user_id if actor else None
    row.withdrawn_reason = reason
    session.flush()
    return True


def _price_before(session: Session, subscription: Subscription, row: Readjustment) -> NewPrice:
    """The set of lines that held before a readjustment, as a new one in its place."""
    lines = session.scalars(
        select(SubscriptionLine)
        .where(SubscriptionLine.subscription_id == subscription.id, SubscriptionLine.last_number.is_(None))
        .order_by(SubscriptionLine.version.desc(), SubscriptionLine.position)
    ).all()
    before = max(each.version for each in lines if each.version < lines[0].version)
    return NewPrice(
        subscription_id=subscription.id,
        number=row.number,
        valid_from=row.due_on,
        lines=[each.as_term_line for each in lines if each.version == before],
        payments=subscription.payments_in_term,
        monthly_cents=row.before_cents,
        repasse_cents=row.before_repasse_cents,
        monthly_before_cents=row.after_cents,
    )
