"""What happened last at the customers a person sees."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A movimentação with the customer and partner it is about."""

    entry: LogEntry
    customer_id: int
    customer: str
    partner: str


def list_newest_activity(session: Session, *, actor: Actor, limit: int) -> list[Activity]:
    """The newest movimentações of customers. One statement."""
    rows = session.execute(
        select(LogEntry, Customer.id, Customer.display_name, Partner.trade_name)
        .join(Customer, Customer.id == LogEntry.customer_id)
        .join(Partner, Partner.id == Customer.partner_id)
        .where(visible_to(actor, Customer.partner_id))
        .order_by(LogEntry.id.desc())
        .limit(limit)
    )
    return [
        Activity(entry=entry, customer_id=customer_id, customer=customer, partner=partner)
        for entry, customer_id, customer, partner in rows
    ]
