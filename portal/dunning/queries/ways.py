"""Which way each reminder of a run goes whose step says WhatsApp. Words of SQL for however many invoices."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, literal, or_, select
from sqlalchemy.orm import Session

from portal.customers.models import Customer, Signatory
from portal.dunning.rules.steps import Channel
from portal.dunning.rules.ways import LineNow, NotByWhatsApp
from portal.invoices.models import Invoice
from portal.whatsapp.queries.reaching import why_not_reached


def has_mail() -> ColumnElement[bool]:
    """Whether the customer of a statement has an address, its own or the responsible person's."""
    signatory = exists().where(Signatory.customer_id == Customer.id, Signatory.email != "")
    return or_(Customer.email != "", signatory.correlate(Customer))


def way_of(step: FromClause, line: LineNow) -> FromClause:
    """How a step's reminder goes: `channel`, and `instead` for why not as its step says.

    Without a line it stays WhatsApp, by hand, as a task with the message ready. Else what WhatsApp cannot
    bring goes by mail, and as a call to whom has no address.
    """
    instead = _instead(step, line)
    is_by_whatsapp = step.c.channel == Channel.WHATSAPP.value
    # With an offset PostgreSQL keeps the subquery whole: pulled up, it would ask once for each mention of it.
    asked = select(case((is_by_whatsapp, instead)).label("instead")).offset(0)
    found = asked.correlate(step, Invoice).lateral("why")
    is_other = and_(found.c.instead.is_not(None), found.c.instead != NotByWhatsApp.OFF.value)
    channel = case(
        (and_(is_other, has_mail()), Channel.EMAIL.value),
        (is_other, Channel.PHONE.value),
        else_=step.c.channel,
    )
    return select(found.c.instead, channel.label("channel")).correlate(step, Invoice, Customer).lateral("way")


def _instead(step: FromClause, line: LineNow) -> ColumnElement[Any]:
    if line.why is not None:
        return literal(line.why.value)
    return case(
        (step.c.id.not_in(list(line.approved_steps)), NotByWhatsApp.TEMPLATE.value),
        else_=why_not_reached(Invoice.customer_id, needs_consent=line.needs_consent),
    )


def is_mailed(session: Session, customer_id: int) -> bool:
    """Whether a customer has an address for mails."""
    return bool(session.scalar(select(has_mail()).where(Customer.id == customer_id)))
