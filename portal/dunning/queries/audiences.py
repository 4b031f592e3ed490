"""Whether a step speaks to the customer of an invoice: words of SQL, for a run and for a trial alike."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from portal.dunning.rules.steps import FORGIVEN_DAYS, REPEATED_TIMES, REPEATED_WITHIN_DAYS, Audience
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import SAO_PAULO
from portal.subscriptions.models import Subscription


def is_for(step: Any, *, before: Any, of: Any) -> ColumnElement[bool]:
    """By how the customer of an `Invoice` paid before a day, and by what its service is.

    `step` has the columns `audience` and `service_kind`; `of` are the tables of the statement around it.
    """
    past = Invoice.__table__.alias("past_invoices")
    paid_on = day(past.c.paid_at)
    paid = and_(
        past.c.customer_id == Invoice.customer_id, past.c.state == InvoiceState.PAID, paid_on < before
    )
    late = and_(paid, paid_on > past.c.due_on + FORGIVEN_DAYS)
    has_paid, was_late = (exists(select(past.c.id).where(each).correlate(*of)) for each in (paid, late))
    often = (
        select(func.count())
        .select_from(past)
        .where(late, paid_on >= before - REPEATED_WITHIN_DAYS)
        .correlate(*of)
        .scalar_subquery()
    )
    kind = select(Subscription.service_kind).where(Subscription.contract_id == Invoice.contract_id)
    return and_(
        or_(
            step.audience == Audience.EVERYBODY.value,
            and_(step.audience == Audience.GOOD.value, has_paid, ~was_late),
            and_(step.audience == Audience.LATE_BEFORE.value, was_late),
            and_(step.audience == Audience.REPEATED.value, often >= REPEATED_TIMES),
        ),
        or_(step.service_kind.is_(None), step.service_kind == kind.correlate(*of).scalar_subquery()),
    )


def day(instant: Any) -> ColumnElement[Any]:
    """The day of an instant in São Paulo."""
    return func.date(func.timezone(SAO_PAULO.key, instant))
