"""Tables of the whatsapp room."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.shared.db import Base, id_column
from portal.users.models import User
from portal.whatsapp.rules.inbound import Intent
from portal.whatsapp.rules.messages import Category, Failure, MessageState
from portal.whatsapp.rules.templates import TemplateState
from portal.whatsapp.rules.webhooks import EventKind


class WhatsAppLine(Base):
    """A line, by Meta's id of it. While it is paused nothing leaves: `pause_code` says why."""

    __tablename__ = "whatsapp_lines"
    __table_args__ = (
        CheckConstraint("(paused_at IS NULL) = (pause_code IS NULL)", name="paused_for_a_reason"),
    )

    id: Mapped[int] = id_column()
    phone_id: Mapped[str] = mapped_column(unique=True)
    paused_at: Mapped[datetime | None]
    pause_code: Mapped[int | None]


class WhatsAppTemplate(Base):
    """A text that WhatsApp approves before it may be sent; it never changes, see `rules.templates`."""

    __tablename__ = "whatsapp_templates"

    id: Mapped[int] = id_column()
    name: Mapped[str] = mapped_column(unique=True)
    category: Mapped[Category]
    body: Mapped[str]
    fields: Mapped[dict[str, Any]]
    button: Mapped[str]
    state: Mapped[TemplateState]
    reason: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WhatsAppContact(Base):
    """Somebody by number or, showing none, by WhatsApp's own id (BSUID); `customer_id` where we were told.

    Opted out, or without WhatsApp, nobody of that number is written to, whatever customers have it.
    """

    __tablename__ = "whatsapp_contacts"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        CheckConstraint("phone IS NOT NULL OR user_id IS NOT NULL", name="known_by_something"),
        CheckConstraint("phone ~ '^[0-9]{11,15}$'", name="phone_whole"),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        Index(
            "uq_whatsapp_contacts_customer_id",
            "customer_id",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = id_column()
    phone: Mapped[str | None] = mapped_column(unique=True)
    user_id: Mapped[str | None] = mapped_column(unique=True)
    partner_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    opted_out_at: Mapped[datetime | None]
    no_offers_at: Mapped[datetime | None]
    unreachable_at: Mapped[datetime | None]
    wrote_at: Mapped[datetime | None]


class WhatsAppChoice(Base):
    """Whether a customer wants messages by WhatsApp; without a row nobody asked. `made_by` None: itself."""

    __tablename__ = "whatsapp_choices"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        CheckConstraint("reason <> ''", name="says_why"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int]
    customer_id: Mapped[int] = mapped_column(unique=True)
    wants: Mapped[bool]
    reason: Mapped[str]
    chosen_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    made_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class WhatsAppMessage(Base):
    """A message to somebody, and what became of it. `kind` and `subject_id` say what it is about.

    `asked_at` is stored before it is sent (S5). Each word about it has an instant of its own; `state` is the
    furthest of them. `is_billable` and `category` are what WhatsApp says of the bill.
    """

    __tablename__ = "whatsapp_messages"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        CheckConstraint("phone <> '' OR user_id <> ''", name="to_somebody"),
        CheckConstraint("(state = 'failed') <= (failure IS NOT NULL)", name="failed_for_a_reason"),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        Index("ix_whatsapp_messages_kind_subject_id", "kind", "subject_id"),
        Index("ix_whatsapp_messages_customer_id", "customer_id"),
        Index(
            "ix_whatsapp_messages_open",
            "state",
            "asked_at",
            postgresql_where=text("state IN ('queued', 'calling', 'unknown')"),
        ),
    )

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[int]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    phone: Mapped[str]
    user_id: Mapped[str]
    to_name: Mapped[str]
    template: Mapped[str] = mapped_column(default="")
    state: Mapped[MessageState]
    category: Mapped[Category]
    is_billable: Mapped[bool | None]
    message_id: Mapped[str | None] = mapped_column(unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[Failure | None]
    error_code: Mapped[int | None]

    @property
    def state_label(self) -> str:
        """Where it stands, in Portuguese."""
        if self.state is MessageState.FAILED and self.failure is not None:
            return self.failure.label
        return self.state.label


class WhatsAppEvent(Base):
    """One thing that WhatsApp told us, once, as it said it."""

    __tablename__ = "whatsapp_events"

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[EventKind]
    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]


class WhatsAppReceived(Base):
    """What somebody wrote to us, and whose customer they are, where one is meant."""

    __tablename__ = "whatsapp_received"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        Index("ix_whatsapp_received_customer_id", "customer_id"),
        Index("ix_whatsapp_received_contact_id", "contact_id"),
    )

    id: Mapped[int] = id_column()
    message_id: Mapped[str] = mapped_column(unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("whatsapp_contacts.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    text: Mapped[str]
    intent: Mapped[Intent]
    wrote_at: Mapped[datetime]

    contact: Mapped[WhatsAppContact] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer | None] = relationship(lazy="raise_on_sql", viewonly=True)
    partner: Mapped[Partner | None] = relationship(lazy="raise_on_sql", viewonly=True)
