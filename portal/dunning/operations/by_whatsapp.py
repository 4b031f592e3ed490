"""Reminders and invoices by WhatsApp: their templates, their words as they leave, and failures."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from portal.checkout.pages.invoice_page import pix_code
from portal.dunning import notifications
from portal.dunning.models import DunningMessage, DunningPolicy
from portal.dunning.operations.calls import ask_to_call
from portal.dunning.pages.fields import fields_of
from portal.dunning.queries.preparing import is_left_alone
from portal.dunning.queries.ways import is_mailed
from portal.dunning.rules.sending import HoldKind, is_sending_hour, sending_time_from
from portal.dunning.rules.steps import Channel
from portal.dunning.rules.ways import (
    INVOICE,
    REMINDER,
    LineNow,
    NotByWhatsApp,
    filled,
    second_copy,
    step_template,
)
from portal.invoices.models import Invoice
from portal.invoices.notifications import link_to_pay
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.queries.reading import is_boleto_settling, load_invoice
from portal.invoices.rules.states import InvoiceState
from portal.overdue.queries.telling import is_told_today
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import tokens
from portal.shared.clock import SAO_PAULO, day_of
from portal.shared.environment import supplier_line
from portal.shared.queue import NotYet
from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.operations.sending import Outgoing, queue_messages
from portal.whatsapp.operations.templates import ensure_templates
from portal.whatsapp.queries.messages import has_line, is_on
from portal.whatsapp.queries.reaching import reach_of
from portal.whatsapp.queries.wording import Wording, WordingOf
from portal.whatsapp.rules.templates import TemplateState, TemplateText, parameter


def needs_consent(session: Session) -> bool:
    """Whether only who agreed is written to."""
    return bool(value(session, Name.WHATSAPP_NEEDS_CONSENT))


def line_now(session: Session, policy: DunningPolicy, *, now: datetime) -> LineNow:
    """How WhatsApp stands for a policy loaded with its steps; texts that are new are registered by it."""
    if not has_line():
        return LineNow(why=NotByWhatsApp.OFF)
    names = {
        step.id: step_template(step.body, supplier_line())
        for step in policy.steps
        if step.channel is Channel.WHATSAPP
    }
    desk = [second_copy(supplier_line())] if names else []  # support needs it as soon as anything goes so
    known = ensure_templates(session, (*names.values(), *desk), now=now)
    return LineNow(
        why=None if is_on(session) else NotByWhatsApp.PAUSED,
        approved_steps=[
            step_id for step_id, text in names.items() if known[text.name].state is TemplateState.APPROVED
        ],
        needs_consent=needs_consent(session),
    )


def remind(session: Session, *, messages: Sequence[DunningMessage], now: datetime) -> None:
    """Queue reminders by WhatsApp, many at once."""
    reached = reach_of(session, {each.customer_id for each in messages}, needs_consent=False)
    outgoing = [
        Outgoing(
            key=f"dunning:{each.id}",
            subject_id=each.id,
            phone=to.phone,
            user_id=to.user_id,
            name=to.name,
            partner_id=each.partner_id,
            customer_id=each.customer_id,
        )
        for each in messages
        if (to := reached[each.customer_id]).phone or to.user_id
    ]
    queue_messages(session, kind=REMINDER, messages=outgoing, now=now)
    queued = {each.subject_id for each in outgoing}
    for each in messages:
        if each.id not in queued:  # the number left the record since the run was prepared
            ask_to_call(session, each, now=now)


def wording_of(session: Session, asked: WordingOf) -> Wording | None:
    """How a reminder or an invoice reads as it leaves; whether it is still needed.

    Raises:
        NotYet: it is not an hour in which anybody is reminded.
    """
    if asked.message.kind == REMINDER:
        return _reminder(session, asked.message, now=asked.now)
    if asked.message.kind == INVOICE:
        invoice = load_invoice(session, asked.message.subject_id)
        if invoice.state is not InvoiceState.OPEN:
            return Wording(is_needed=False)
        return _worded(session, asked.message, invoice, second_copy(supplier_line()), now=asked.now)
    return None


def _reminder(session: Session, message: WhatsAppMessage, *, now: datetime) -> Wording:
    found = select(DunningMessage).options(joinedload(DunningMessage.step))
    reminder = session.scalars(found.where(DunningMessage.id == message.subject_id)).one()
    invoice, today = load_invoice(session, reminder.invoice_id), day_of(now)
    if (
        invoice.state is not InvoiceState.OPEN
        or invoice.open_cents < least_owed_cents(session)
        or is_boleto_settling(session, invoice.contract_id)
        or is_left_alone(session, invoice, today=today, kinds=(HoldKind.HOLD, HoldKind.PROMISE))
        or is_told_today(session, invoice.customer_id, today=today)
    ):
        return Wording(is_needed=False)
    if not is_sending_hour(today, now.astimezone(SAO_PAULO).hour):
        raise NotYet(notifications.QUIET, until=sending_time_from(now))
    return _worded(session, message, invoice, step_template(reminder.step.body, supplier_line()), now=now)


def _worded(
    session: Session, message: WhatsAppMessage, invoice: Invoice, text: TemplateText, *, now: datetime
) -> Wording:
    due, link = due_on_day(session, invoice, day_of(now)), link_to_pay(invoice, now=now)
    values = fields_of(session, invoice, due, name=message.to_name, today=day_of(now))
    values |= {"pix": pix_code(session, invoice, due.total_cents).text}
    token = tokens.give_out(
        session,
        purpose=link.purpose,
        subject_id=link.subject_id,
        partner_id=link.partner_id,
        now=now,
        ends_at=link.ends_at,
    )
    return Wording(template=text.name, fields=_parameters(text, values), button=token.secret())


def _parameters(text: TemplateText, values: Mapping[str, str]) -> dict[str, str]:
    return {name: parameter(words) for name, words in filled(text, values).items()}


def fall_back(session: Session, message_id: int, *, now: datetime) -> None:
    """A reminder that WhatsApp did not bring goes by mail, and as a call where there is no address; once."""
    found = select(DunningMessage).options(joinedload(DunningMessage.customer))
    found = found.options(joinedload(DunningMessage.invoice)).where(DunningMessage.id == message_id)
    message = session.scalars(found.with_for_update(of=DunningMessage)).one()
    if message.fell_back_at is not None or message.invoice.state is not InvoiceState.OPEN:
        return
    if message.invoice.open_cents < least_owed_cents(session):
        return
    is_off = is_left_alone(session, message.invoice, today=day_of(now), kinds=(HoldKind.OPT_OUT,))
    by_mail = is_mailed(session, message.customer_id) and not is_off
    if by_mail:
        notifications.remind(session, messages=[message], now=now)
    else:
        ask_to_call(session, message, now=now)
    session.execute(
        update(DunningMessage)
        .where(DunningMessage.id == message.id)
        .values(fell_back_to=Channel.EMAIL if by_mail else Channel.PHONE, fell_back_at=now)
    )
