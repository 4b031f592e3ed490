"""What a document has of a product, and the keys by which products ask."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.rules.states import OWED
from portal.overdue.models import AccessKey, OverdueNotice, Suspension, TrustRelease
from portal.overdue.rules.access import Service
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing
from portal.subscriptions.models import Coverage, Subscription, SubscriptionPause

KEY_LIST = ListSpec(
    sorts={"criada": AccessKey.created_at, "nome": AccessKey.name, "produto": AccessKey.plan_name},
    default="-criada",
)


def services_of(session: Session, *, document: str, plan: str, today: date) -> Sequence[Service]:
    """The subscriptions in force of a product that customers with a document have, of whatever partner."""
    released = select(func.max(Coverage.grace_until)).where(
        Coverage.contract_id == Subscription.contract_id, Coverage.taken_back_at.is_(None)
    )
    notice = (
        select(func.min(OverdueNotice.suspends_on))
        .join(Invoice, Invoice.id == OverdueNotice.invoice_id)
        .where(OverdueNotice.contract_id == Subscription.contract_id, Invoice.state.in_(OWED))
    )
    trusted = (
        select(TrustRelease.until_on)
        .join(Suspension, Suspension.id == TrustRelease.suspension_id)
        .where(Suspension.contract_id == Subscription.contract_id, Suspension.released_at.is_(None))
    )
    paused = select(SubscriptionPause.id).where(
        SubscriptionPause.contract_id == Subscription.contract_id,
        SubscriptionPause.paused_from <= today,
        SubscriptionPause.paused_until >= today,
    )
    statement = (
        select(
            Subscription.service_state,
            released.scalar_subquery(),
            notice.scalar_subquery(),
            trusted.scalar_subquery(),
            paused.exists(),
        )
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .where(
            Customer.document == document,
            Subscription.plan == plan,
            Contract.state.in_(IN_FORCE),
            Contract.starts_on <= today,
            or_(Contract.ends_on.is_(None), Contract.ends_on >= today),
        )
    )
    return [Service(*row) for row in session.execute(statement)]


def list_keys(session: Session, request: ListRequest) -> Page[AccessKey]:
    """A page of keys, revoked ones too, with who made them."""
    return paginate(session, select(AccessKey).options(joinedload(AccessKey.created_by)), request)


def lock_key(session: Session, key_id: int) -> AccessKey:
    """A key under its lock. Raises `Missing`."""
    key = session.get(AccessKey, key_id, with_for_update=True)
    if key is None:
        raise Missing("Não encontramos esta chave.")
    return key
