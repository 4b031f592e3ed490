"""What must always be true of reminders and no constraint holds over several tables at once."""

from collections.abc import Sequence

from sqlalchemy import CompoundSelect, Interval, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.rules.sending import MAIL
from portal.dunning.rules.ways import INVOICE, REMINDER
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.queries.books import ON_ITS_WAY, last_money
from portal.shared.mail_rows import MailMessage, MailState
from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.rules.messages import MessageState


def find_repeated_reminders(session: Session) -> Sequence[int]:
    """Invoices that somebody was reminded of twice for one step of the régua (invariant M13).

    By mail and by WhatsApp too: only what WhatsApp did not bring goes another way.
    """
    went = _went().subquery()
    statement = (
        select(went.c.invoice_id)
        .group_by(went.c.invoice_id, went.c.days)
        .having(or_(func.count() > func.count(went.c.whom.distinct()), func.count(went.c.way.distinct()) > 1))
    )
    return sorted(set(session.scalars(statement)))


def _went() -> CompoundSelect[int, int, str, str]:
    """Each reminder that went or goes: of which invoice and step, to whom, which way."""
    step = (DunningMessage.invoice_id, DunningMessage.days)
    mails = (
        select(*step, func.lower(MailMessage.to_address).label("whom"), literal("mail").label("way"))
        .join(MailMessage, (MailMessage.kind == MAIL) & (MailMessage.subject_id == DunningMessage.id))
        .where(MailMessage.state.not_in((MailState.NOT_NEEDED, MailState.DROPPED)))
    )
    chats = (
        select(*step, func.concat(WhatsAppMessage.phone, WhatsAppMessage.user_id), literal("chat"))
        .join(
            WhatsAppMessage,
            (WhatsAppMessage.kind == REMINDER) & (WhatsAppMessage.subject_id == DunningMessage.id),
        )
        .where(
            WhatsAppMessage.state.not_in((MessageState.NOT_NEEDED, MessageState.FAILED)),
            DunningMessage.fell_back_at.is_(None),
        )
    )
    return mails.union_all(chats)


def find_late_reminders(session: Session) -> Sequence[int]:
    """Invoices somebody was reminded of, or sent by WhatsApp, after their money was in (invariant M13).

    What was on its way while the payment came is none.
    """
    last = last_money()
    mails = (
        select(DunningMessage.invoice_id, MailMessage.sent_at.label("at"))
        .join(MailMessage, (MailMessage.kind == MAIL) & (MailMessage.subject_id == DunningMessage.id))
        .where(MailMessage.sent_at.is_not(None))
    )
    chats = (
        select(DunningMessage.invoice_id, WhatsAppMessage.asked_at)
        .join(
            WhatsAppMessage,
            (WhatsAppMessage.kind == REMINDER) & (WhatsAppMessage.subject_id == DunningMessage.id),
        )
        .where(WhatsAppMessage.asked_at.is_not(None))
    )
    copies = select(WhatsAppMessage.subject_id, WhatsAppMessage.asked_at).where(
        WhatsAppMessage.kind == INVOICE, WhatsAppMessage.asked_at.is_not(None)
    )
    went = mails.union_all(chats, copies).subquery()
    statement = (
        select(Invoice.id)
        .join(last, last.c.invoice_id == Invoice.id)
        .join(went, went.c.invoice_id == Invoice.id)
        .where(Invoice.state == InvoiceState.PAID, went.c.at > last.c.at + literal(ON_ITS_WAY, Interval))
    )
    return session.scalars(statement.distinct().order_by(Invoice.id)).all()
