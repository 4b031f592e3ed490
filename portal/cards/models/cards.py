"""Cards: asking the payer for one, its registration, keeping its reference. Never a card number.

`billed_to` runs through request, card and charge as a part of their keys: what a partner registered to pay
its own invoice is never charged for a customer's, nor the other way round.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.cards.rules.cards import CardRequestState, CardSetupState, card_in_words
from portal.contracts.models import Contract
from portal.shared.db import Base, id_column
from portal.subscriptions.rules import BilledTo

_CONTRACT = (
    ["contract_id", "partner_id", "customer_id"],
    ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
)
_LIVE = text("state IN ('sent', 'opened')")
_OPEN = text("state IN ('created', 'ready', 'reported')")
_IN_USE = text("replaced_at IS NULL")


class CardRequest(Base):
    """A payer is asked to register a card; at most one such request of a contract and payer is live.

    `invoice_id` is the invoice to be paid with it, when that is why it is registered; a partner has no other
    reason.
    """

    __tablename__ = "card_requests"
    __table_args__ = (
        ForeignKeyConstraint(*_CONTRACT),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        ForeignKeyConstraint(["invoice_id", "billed_to"], ["invoices.id", "invoices.billed_to"]),
        UniqueConstraint("id", "contract_id", "billed_to"),
        CheckConstraint("billed_to = 'customer' OR invoice_id IS NOT NULL", name="partner_pays_an_invoice"),
        CheckConstraint(
            "(state = 'registered') = (registered_at IS NOT NULL)", name="registered_at_an_instant"
        ),
        CheckConstraint("(state IN ('sent', 'opened')) = (closed_at IS NULL)", name="closed_at_an_instant"),
        CheckConstraint("state <> 'opened' OR opened_at IS NOT NULL", name="opened_at_an_instant"),
        Index(
            "uq_card_requests_live",
            "contract_id",
            "billed_to",
            unique=True,
            postgresql_where=_LIVE,
        ),
        Index("ix_card_requests_contract_id", "contract_id"),
        Index("ix_card_requests_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    contract_id: Mapped[int]
    billed_to: Mapped[BilledTo]
    invoice_id: Mapped[int | None]
    state: Mapped[CardRequestState]
    to_name: Mapped[str]
    to_email: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    times_sent: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    contract: Mapped[Contract] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Contract.id == CardRequest.contract_id,
        foreign_keys=lambda: CardRequest.contract_id,
    )

    @property
    def payer_words(self) -> str:
        """Who is asked, as the log names people: "Cliente: Maria da Silva"."""
        return f"{self.billed_to.label}: {self.to_name}"


class CardSetup(Base):
    """One registration of a card at the processor. `secret` is for the customer's browser alone."""

    __tablename__ = "card_setups"
    __table_args__ = (
        CheckConstraint(
            "state = 'created' OR processor_setup IS NOT NULL OR state = 'dropped'", name="ready_has_id"
        ),
        Index("uq_card_setups_open", "request_id", unique=True, postgresql_where=_OPEN),
        Index("ix_card_setups_state_checked_at", "state", "checked_at"),
    )

    id: Mapped[int] = id_column()
    request_id: Mapped[int] = mapped_column(ForeignKey("card_requests.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[CardSetupState] = mapped_column(default=CardSetupState.CREATED)
    processor_customer: Mapped[str] = mapped_column(default="")
    processor_setup: Mapped[str | None] = mapped_column(unique=True)
    secret: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]

    request: Mapped[CardRequest] = relationship(lazy="raise_on_sql")


class Card(Base):
    """A registered card: references of the processor and what may be shown.

    One a contract and payer is in use.
    """

    __tablename__ = "cards"
    __table_args__ = (
        ForeignKeyConstraint(*_CONTRACT),
        ForeignKeyConstraint(
            ["request_id", "contract_id", "billed_to"],
            ["card_requests.id", "card_requests.contract_id", "card_requests.billed_to"],
        ),
        CheckConstraint("length(last4) = 4", name="no_more_than_last4"),
        CheckConstraint("exp_month BETWEEN 1 AND 12", name="month_of_expiry"),
        UniqueConstraint("id", "customer_id", "billed_to"),
        Index(
            "uq_cards_in_use",
            "contract_id",
            "billed_to",
            unique=True,
            postgresql_where=_IN_USE,
        ),
        Index("ix_cards_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    contract_id: Mapped[int]
    billed_to: Mapped[BilledTo]
    request_id: Mapped[int] = mapped_column(unique=True)
    processor_customer: Mapped[str]
    processor_method: Mapped[str] = mapped_column(unique=True)
    brand: Mapped[str]
    last4: Mapped[str]
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    registered_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    @property
    def words(self) -> str:
        """ "Visa final 4242"."""
        return card_in_words(self.brand, self.last4)
