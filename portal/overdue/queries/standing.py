"""How the services of a customer or a contract stand with what they owe, with all a page says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceKind, ServiceState
from portal.invoices.models import Invoice
from portal.invoices.queries.bad_debts import SuspendedSince
from portal.invoices.rules.states import OWED
from portal.overdue.models import Suspension
from portal.overdue.queries.facts import among, facts_of
from portal.overdue.rules.lateness import OverdueFacts
from portal.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class LateService:
    """A service that is not in order, as it was last computed, and the invoices that are open of it.

    `invoices` are all that are issued and not paid, the first due first; those due before the day are late.
    """

    contract_id: int
    plan_name: str
    kind: ServiceKind
    state: ServiceState
    facts: OverdueFacts
    invoices: Sequence[Invoice]
    suspended_at: datetime | None


def suspended_since(session: Session, asked: SuspendedSince) -> datetime | None:
    """Since when a contract's service is suspended; None where it is not, or is released in trust."""
    return session.scalar(
        select(Suspension.suspended_at)
        .join(Subscription, Subscription.contract_id == Suspension.contract_id)
        .where(
            Suspension.contract_id == asked.contract_id,
            Suspension.released_at.is_(None),
            Subscription.service_state == ServiceState.SUSPENDED,
        )
    )


def list_late_of_customer(session: Session, customer_id: int, *, today: date) -> Sequence[LateService]:
    """The services of a customer that are not in order, by contract. One statement where all are."""
    return _list_late(session, Subscription.customer_id == customer_id, today=today)


def find_late(session: Session, contract_id: int, *, today: date) -> LateService | None:
    """How a contract's service stands that is not in order; None where it is."""
    found = _list_late(session, Subscription.contract_id == contract_id, today=today)
    return found[0] if found else None


def _list_late(session: Session, of: ColumnElement[bool], *, today: date) -> Sequence[LateService]:
    not_in_order = select(Subscription).where(of, Subscription.service_state != ServiceState.CURRENT)
    subscriptions = {each.id: each for each in session.scalars(not_in_order.order_by(Subscription.id))}
    if not subscriptions:
        return ()
    contracts = [each.contract_id for each in subscriptions.values()]
    owed = select(Invoice).where(among(Invoice.contract_id, contracts), Invoice.state.in_(OWED))
    invoices = session.scalars(owed.order_by(Invoice.due_on, Invoice.id)).all()
    running = select(Suspension).where(
        among(Suspension.contract_id, contracts), Suspension.released_at.is_(None)
    )
    since = {each.contract_id: each.suspended_at for each in session.scalars(running)}
    return [
        LateService(
            contract_id=subscription.contract_id,
            plan_name=subscription.plan_name,
            kind=subscription.service_kind,
            state=subscription.service_state,
            facts=facts,
            invoices=[each for each in invoices if each.contract_id == subscription.contract_id],
            suspended_at=since.get(subscription.contract_id),
        )
        for facts in facts_of(session, list(subscriptions), today=today)
        for subscription in (subscriptions[facts.subscription_id],)
    ]
