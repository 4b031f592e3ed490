"""The table of mails."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column
from portal.shared.labels import LabeledEnum


class MailState(LabeledEnum):
    """Where a mail stands. Each ends as sent, failed, dropped or not needed (invariant E2)."""

    QUEUED = "queued", "Na fila"
    HELD = "held", "Retido pelo limite"
    SENT = "sent", "Enviado"
    FAILED = "failed", "Falhou"
    DROPPED = "dropped", "Descartado"
    NOT_NEEDED = "not_needed", "Não foi mais preciso"


class MailMessage(Base):
    """One mail to somebody: a notice of a kind about a subject, written when it leaves.

    `subject_id` is the row it is about, of the table its kind says; None for what was written when it was
    queued, as all mails were once. `facts` is what cannot be read there later: who did it, in which words.
    `subject` is the heading; it and the bodies are those of the last attempt to send it, and stay. They hold
    no secret: a link stands in them with the hash of its token, a code with its own, and both get what they
    stand for only on the way out.
    `message_id` never changes, so a repeated mail is known as the same one. `let_go_at` is when the brake let
    it pass (`mail_brake.py`), `caused_by_id` the signed-in person whose request made it; None for what the
    portal, a customer or a job caused. `is_of_run`: a run of the portal wrote it, with thousands more.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'held', 'sent', 'failed', 'dropped', 'not_needed')", name="state"
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_instant"),
        CheckConstraint("state <> 'held' OR (let_go_at IS NULL AND last_error <> '')", name="held_says_why"),
        CheckConstraint("subject_id IS NOT NULL OR text_body IS NOT NULL", name="written_or_of_a_subject"),
        CheckConstraint("num_nonnulls(subject, text_body, html_body) IN (0, 3)", name="written_whole"),
        Index("ix_mail_messages_kind_subject_id", "kind", "subject_id"),
        Index("ix_mail_messages_state_created_at", "state", "created_at"),
        Index("ix_mail_messages_created_at", "created_at"),
        Index("ix_mail_messages_sent_at", "sent_at"),
        Index("ix_mail_messages_receiver_let_go_at", text("lower(to_address)"), "let_go_at"),
        Index("ix_mail_messages_caused_by_id_let_go_at", "caused_by_id", "let_go_at"),
        Index(
            "ix_mail_messages_partner_id_let_go_at",
            "partner_id",
            "let_go_at",
            postgresql_where=text("NOT is_of_run"),
        ),
    )

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    to_address: Mapped[str]
    to_name: Mapped[str]
    reply_to: Mapped[str]
    subject: Mapped[str | None]
    text_body: Mapped[str | None]
    html_body: Mapped[str | None]
    message_id: Mapped[str] = mapped_column(unique=True)
    link_token_id: Mapped[int | None] = mapped_column(ForeignKey("link_tokens.id"), index=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    caused_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    is_of_run: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=MailState.QUEUED)
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    let_go_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    @property
    def state_label(self) -> str:
        """The state in Portuguese."""
        return MailState(self.state).label
