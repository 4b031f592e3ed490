"""Charges of registered cards, and what the processor told us."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.cards.models.cards import Card
from portal.cards.rules.cards import ChargeState
from portal.shared.db import Base, id_column
from portal.subscriptions.rules import BilledTo

_LIVE = text("state IN ('created', 'processing', 'unknown', 'requires_action')")


class Charge(Base):
    """One charge of a card for an invoice; at most one of an invoice is under way.

    It is for what the invoice cost on the day it was begun; `late_cents` of it are late fee and interest.
    `by_payer`: the payer asked for it, on the page of the invoice or in the Central; all others we begin.
    `key` is stored before the processor is asked (invariant S5). `secret` lets the customer confirm it in the
    browser while the bank asks for that.
    """

    __tablename__ = "charges"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        ForeignKeyConstraint(["invoice_id", "billed_to"], ["invoices.id", "invoices.billed_to"]),
        ForeignKeyConstraint(
            ["card_id", "customer_id", "billed_to"], ["cards.id", "cards.customer_id", "cards.billed_to"]
        ),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("late_cents >= 0 AND late_cents < amount_cents", name="late_within"),
        CheckConstraint("state <> 'succeeded' OR processor_charge IS NOT NULL", name="succeeded_somewhere"),
        CheckConstraint(
            "(state IN ('succeeded', 'declined', 'canceled')) = (settled_at IS NOT NULL)",
            name="settled_at_an_instant",
        ),
        Index("uq_charges_live", "invoice_id", unique=True, postgresql_where=_LIVE),
        Index("ix_charges_invoice_id", "invoice_id"),
        Index("ix_charges_contract_id", "contract_id"),
        Index("ix_charges_state_checked_at", "state", "checked_at"),
    )

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    contract_id: Mapped[int]
    billed_to: Mapped[BilledTo]
    invoice_id: Mapped[int]
    card_id: Mapped[int]
    amount_cents: Mapped[int]
    late_cents: Mapped[int] = mapped_column(default=0)
    by_payer: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str]
    state: Mapped[ChargeState] = mapped_column(default=ChargeState.CREATED)
    processor_charge: Mapped[str | None] = mapped_column(unique=True)
    secret: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    card: Mapped[Card] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Card.id == Charge.card_id,
        foreign_keys=lambda: Charge.card_id,
        viewonly=True,
    )


class ProcessorEvent(Base):
    """The processor told us of something, once (invariant S1). Nothing of a person stands here.

    `charge_reference` is the charge it is about, if it says so; `facts` are what it says of a dispute.
    """

    __tablename__ = "processor_events"
    __table_args__ = (Index("ix_processor_events_object_id", "object_id"),)

    id: Mapped[int] = id_column()
    event_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    object_id: Mapped[str]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    understood: Mapped[bool]
    charge_reference: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
