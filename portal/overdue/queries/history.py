"""Rows about lateness that no entry of the log tells of, for a customer's timeline."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from portal.customers.models import Customer
from portal.customers.queries.history import facts
from portal.overdue.models import OverdueNotice, Suspension
from portal.subscriptions.models import Subscription


def notices(customer: Customer) -> Select[datetime, int, Any]:
    """The notices a customer was given."""
    told = facts(
        reason=OverdueNotice.reason,
        amount_cents=OverdueNotice.amount_cents,
        suspends_on=OverdueNotice.suspends_on,
        invoice_id=OverdueNotice.invoice_id,
    )
    return select(OverdueNotice.noticed_at, OverdueNotice.id, told).where(
        OverdueNotice.customer_id == customer.id, OverdueNotice.partner_id == customer.partner_id
    )


def suspensions(customer: Customer) -> Select[datetime, int, Any]:
    """When services of a customer were suspended."""
    return _of(customer, Suspension.suspended_at)


def releases(customer: Customer) -> Select[datetime, int, Any]:
    """When they were released again."""
    return _of(customer, Suspension.released_at).where(Suspension.released_at.is_not(None))


def _of(customer: Customer, at: Any) -> Select[datetime, int, Any]:
    told = facts(
        plan_name=Subscription.plan_name,
        reason=OverdueNotice.reason,
        release_reason=Suspension.release_reason,
        invoice_id=OverdueNotice.invoice_id,
    )
    return (
        select(at, Suspension.id, told)
        .join(OverdueNotice, OverdueNotice.id == Suspension.notice_id)
        .join(Subscription, Subscription.contract_id == Suspension.contract_id)
        .where(Suspension.customer_id == customer.id, Suspension.partner_id == customer.partner_id)
    )
