"""The reminders as mails: looked at again when they leave, with what is open then."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.dunning.models import DunningMessage
from portal.dunning.pages.fields import fields_of, in_hand
from portal.dunning.queries.preparing import is_left_alone
from portal.dunning.rules.sending import MAIL, is_sending_hour, sending_time_from
from portal.dunning.rules.texts import fill
from portal.invoices.models import Invoice
from portal.invoices.notifications import link_to_pay, tell_payers
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.queries.reading import is_boleto_settling, load_invoice
from portal.invoices.queries.recipients import known_sender
from portal.invoices.rules.states import InvoiceState
from portal.overdue.queries.telling import is_told_today
from portal.shared.brazil import format_money
from portal.shared.clock import SAO_PAULO, day_of
from portal.shared.environment import supplier_line
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind
from portal.shared.queue import NotYet

QUIET = "Fora do horário em que lembretes saem."


def remind(session: Session, *, messages: Sequence[DunningMessage], now: datetime) -> None:
    """Queue the mails of reminders; one whose invoice is paid meanwhile has nobody to go to."""
    ids = [message.id for message in messages]
    if ids:
        reminders = select(DunningMessage.id.label("subject_id"), DunningMessage.invoice_id)
        tell_payers(session, kind=MAIL, subjects=reminders.where(DunningMessage.id.in_(ids)), now=now)


def _is_needed(session: Session, mail: MailMessage, now: datetime) -> bool:
    """Not once it or nearly all of it is paid, or its boleto is being settled, nor for whom is left alone or
    told of a suspension.

    Raises:
        NotYet: it is not an hour in which anybody is reminded.
    """
    message = session.get_one(DunningMessage, mail.subject_id)
    invoice = session.get_one(Invoice, message.invoice_id)
    if invoice.state is not InvoiceState.OPEN or invoice.open_cents < least_owed_cents(session):
        return False
    if is_boleto_settling(session, invoice.contract_id):
        return False
    today = day_of(now)
    if is_left_alone(session, invoice, today=today) or is_told_today(
        session, invoice.customer_id, today=today
    ):
        return False
    if not is_sending_hour(today, now.astimezone(SAO_PAULO).hour):
        raise NotYet(QUIET, until=sending_time_from(now))
    return True


def _letter(session: Session, mail: MailMessage, now: datetime) -> Letter:
    message = session.scalars(
        select(DunningMessage)
        .options(joinedload(DunningMessage.step))
        .where(DunningMessage.id == mail.subject_id)
    ).one()
    invoice = load_invoice(session, message.invoice_id)
    due = due_on_day(session, invoice, day_of(now))
    values = fields_of(session, invoice, due, name=mail.to_name, today=day_of(now))
    facts = [("Valor da fatura", format_money(due.face_cents))]
    if due.charges_cents:
        facts.append(("Multa e juros até hoje", format_money(due.charges_cents)))
    facts += [("Valor de hoje", values["valor"]), ("Vencimento", values["vencimento"])]
    return Letter(
        template=MAIL,
        context={
            "name": mail.to_name,
            "subject": fill(message.step.subject, values),
            "paragraphs": [fill(part, values) for part in message.step.body.split("\n") if part.strip()],
            "facts": facts,
            "in_hand": in_hand(session, invoice, due),
            "partner": values["parceiro"],
            "supplier": supplier_line(),
        },
        link=link_to_pay(invoice, now=now),
    )


def _sender(session: Session, mail: MailMessage) -> str:
    message = session.get_one(DunningMessage, mail.subject_id)
    return known_sender(load_invoice(session, message.invoice_id))


NOTICES = (NoticeKind(name=MAIL, is_needed=_is_needed, write=_letter, in_name_of=_sender),)
