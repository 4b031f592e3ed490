"""Pauses: whether a customer may have one, and the one that a case led to."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.rules.pauses import PauseFacts
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription, SubscriptionPause

WAITING = (ContractState.DRAFT, ContractState.AWAITING_SIGNATURE, ContractState.AWAITING_PAYMENT)


def pause_facts(session: Session, case: CancellationCase, subscription: Subscription) -> PauseFacts:
    """What decides about a pause of the contract of a case."""
    follows = or_(
        Contract.base_contract_id == case.contract_id, Contract.taken_over_from_id == case.contract_id
    )
    changing = select(Contract.id).where(follows, Contract.state.in_(WAITING)).exists()
    last = select(SubscriptionPause.made_at).where(
        SubscriptionPause.customer_id == case.customer_id, SubscriptionPause.is_kept
    )
    is_changing = bool(session.scalar(select(changing)))
    paused_at = session.scalar(last.order_by(SubscriptionPause.id.desc()).limit(1))
    return PauseFacts(
        billed_to=subscription.billed_to,
        state=subscription.service_state,
        pays_by_the_month=subscription.payments_in_term == subscription.months,
        goes_on=subscription.bills_until is None and subscription.ended_at is None,
        is_parked=subscription.parked_reason is not None,
        is_partial=bool(case.services),
        is_changing=is_changing,
        paused_on=day_of(paused_at) if paused_at else None,
    )


def accepted_pause(session: Session, case_id: int) -> int:
    """The months of the pause that was accepted last in a case; 0 for none."""
    found = session.scalar(
        select(CancellationArgument.pause_months)
        .where(CancellationArgument.case_id == case_id, CancellationArgument.pause_months > 0)
        .order_by(CancellationArgument.id.desc())
        .limit(1)
    )
    return found or 0


def find_pause(session: Session, case: CancellationCase) -> SubscriptionPause | None:
    """The pause with which the customer of a case stayed."""
    return session.get(SubscriptionPause, case.pause_id) if case.pause_id is not None else None
