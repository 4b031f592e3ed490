"""What a customer was reminded of on a day, for rooms that write to it too."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.rules.sending import MAIL
from portal.dunning.rules.steps import Channel
from portal.overdue.queries.reminders import RemindedToday
from portal.shared.clock import SAO_PAULO
from portal.shared.mail_rows import MailMessage, MailState


def was_reminded(session: Session, asked: RemindedToday) -> bool:
    """Whether a mail of a reminder left today, or another way was used."""
    left = select(MailMessage.id).where(
        MailMessage.kind == MAIL,
        MailMessage.subject_id == DunningMessage.id,
        MailMessage.state == MailState.SENT,
    )
    reminded = select(DunningMessage.id).where(
        DunningMessage.customer_id == asked.customer_id,
        func.date(func.timezone(SAO_PAULO.key, DunningMessage.queued_at)) == asked.today,
        or_(DunningMessage.channel != Channel.EMAIL, left.exists()),
    )
    return bool(session.scalar(select(reminded.exists())))
