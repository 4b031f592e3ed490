"""Who is a customer whose code counts, and who was one before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.referrals.models import Referral
from portal.referrals.rules import ReferralState
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import BilledTo

STAYS = (ContractState.ACTIVE, ContractState.SUSPENDED)


def may_refer(session: Session, customer_id: int) -> bool:
    """Whether a customer has a contract in force that it pays to us, and does not leave: its code counts."""
    in_force = (
        select(Contract.id)
        .join(Subscription, Subscription.contract_id == Contract.id)
        .where(
            Contract.customer_id == customer_id,
            Contract.state.in_(STAYS),
            Subscription.billed_to == BilledTo.CUSTOMER,
        )
    )
    return bool(session.scalar(select(in_force.exists())))


def was_customer(session: Session, document: str) -> bool:
    """Whether somebody with a document had a contract that took effect, with whatever partner."""
    had = select(Contract.id).join(Customer, Customer.id == Contract.customer_id)
    active = had.where(Customer.document == document, Contract.activated_at.is_not(None))
    return bool(session.scalar(select(active.exists())))


def find_referral_of(session: Session, document: str) -> Referral | None:
    """The referral by which somebody with a document came."""
    return session.scalar(select(Referral).where(Referral.document == document))


def list_waiting(session: Session, *, after: int, limit: int) -> Sequence[int]:
    """Ids of referrals without an outcome, in their order."""
    return session.scalars(
        select(Referral.id)
        .where(Referral.state == ReferralState.WAITING, Referral.id > after)
        .order_by(Referral.id)
        .limit(limit)
    ).all()


def first_active_at(session: Session, document: str) -> datetime | None:
    """When the first contract of somebody with a document took effect."""
    return session.scalar(
        select(Contract.activated_at)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(Customer.document == document, Contract.activated_at.is_not(None))
        .order_by(Contract.activated_at)
        .limit(1)
    )
