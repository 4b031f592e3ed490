"""The table of mails."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column
from portal.shared.labels import LabeledEnum


class MailState(LabeledEnum):
    """Where a mail stands. Each ends as sent, failed or dropped (invariant E2)."""

    QUEUED = "queued", "Na fila"
    HELD = "held", "Retido pelo limite"
    SENT = "sent", "Enviado"
    FAILED = "failed", "Falhou"
    DROPPED = "dropped", "Descartado"


class MailMessage(Base):
    """One mail owed to somebody.

    Its bodies hold no secret: a link stands in them with the hash of its token, and gets the secret
    only on the way out. `message_id` never changes, so a repeated mail is known as the same one.
    `let_go_at` is when the brake let it pass (`mail_brake.py`), `caused_by_id` the signed-in person whose
    request made it; None for what the portal, a customer or a job caused.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'held', 'sent', 'failed', 'dropped')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_instant"),
        CheckConstraint("state <> 'held' OR (let_go_at IS NULL AND last_error <> '')", name="held_says_why"),
        Index("ix_mail_messages_state_created_at", "state", "created_at"),
        Index("ix_mail_messages_created_at", "created_at"),
        Index("ix_mail_messages_sent_at", "sent_at"),
        Index("ix_mail_messages_receiver_let_go_at", text("lower(to_address)"), "let_go_at"),
        Index("ix_mail_messages_caused_by_id_let_go_at", "caused_by_id", "let_go_at"),
        Index("ix_mail_messages_partner_id_let_go_at", "partner_id", "let_go_at"),
    )

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    template: Mapped[str]
    to_address: Mapped[str]
    to_name: Mapped[str]
    reply_to: Mapped[str]
    subject: Mapped[str]
    text_body: Mapped[str]
    html_body: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    link_token_id: Mapped[int | None] = mapped_column(ForeignKey("link_tokens.id"), index=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    caused_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=MailState.QUEUED)
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    let_go_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    @property
    def state_label(self) -> str:
        """The state in Portuguese."""
        return MailState(self.state).label
