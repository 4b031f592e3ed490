"""Tables of the contracts room."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, query_expression, relationship

from portal.contracts.rules.states import ContractKind, ContractState, contract_label
from portal.customers.models import Customer
from portal.quotes.models import Quote, QuoteVersion
from portal.settings.models import LATE_RATES_LAWFUL, HasLateTerms
from portal.shared.db import Base, id_column
from portal.users.models import User

GENERATES = (ContractState.DRAFT, ContractState.AWAITING_SIGNATURE)
NEVER_ACTIVE = "('declined', 'expired', 'canceled')"
WAS_ACTIVE = "('active', 'suspended', 'ending', 'ended')"
KIND_HAS_BASE = (
    "(kind IN ('move', 'amendment', 'renewal')) = (base_contract_id IS NOT NULL)"
    " AND (kind = 'partner_change') = (taken_over_from_id IS NOT NULL)"
)


class ContractTemplate(Base):
    """A version of the contract's text. Never changed: a contract keeps the one it was made with."""

    __tablename__ = "contract_templates"

    id: Mapped[int] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    layout: Mapped[str]
    clauses: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    created_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class Contract(HasLateTerms, Base):
    """What the customer signs, pays and lives by; made from one frozen version of a quote.

    `base_contract_id` is the contract it follows, `taken_over_from_id` that of the partner before.
    Between the click and the finished document it is a draft with `generation_asked_at`. An amendment
    knows its own first charge (`amendment_charge_cents`, zero when nothing is due) as counted on `terms_on`,
    the time that is paid already (`covers_until`) and from when it holds (`applies_on`). `lacks_card` is told
    by the reads that ask for it. `ended_services` are the codes of lines that the customer canceled since.
    What lateness costs is as its paper says, from its generation on.
    """

    __tablename__ = "contracts"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(
            ["quote_id", "partner_id", "customer_id"],
            ["quotes.id", "quotes.partner_id", "quotes.customer_id"],
        ),
        ForeignKeyConstraint(
            ["version_id", "quote_id", "partner_id"],
            ["quote_versions.id", "quote_versions.quote_id", "quote_versions.partner_id"],
        ),
        ForeignKeyConstraint(
            ["base_contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
        ),
        *(
            ForeignKeyConstraint(
                [name, "partner_id", "customer_id"],
                ["stored_files.id", "stored_files.partner_id", "stored_files.customer_id"],
            )
            for name in ("file_id", "signed_file_id")
        ),
        ForeignKeyConstraint(["envelope_id", "partner_id"], ["envelopes.id", "envelopes.partner_id"]),
        # What is said to be signed is what its own envelope's signature made (invariant M1).
        ForeignKeyConstraint(["envelope_id", "signed_file_id"], ["envelopes.id", "envelopes.signed_file_id"]),
        UniqueConstraint("id", "partner_id", "customer_id"),
        UniqueConstraint("envelope_id"),
        CheckConstraint(KIND_HAS_BASE, name="kind_has_base"),
        CheckConstraint(
            "(amendment_charge_cents IS NULL OR (kind = 'amendment' AND amendment_charge_cents >= 0))",
            name="charge_of_amendment",
        ),
        CheckConstraint("(signed_at IS NULL) = (signed_file_id IS NULL)", name="signed_has_file"),
        CheckConstraint("(first_payment_key IS NULL) = (paid_at IS NULL)", name="paid_has_key"),
        CheckConstraint(
            f"state NOT IN {WAS_ACTIVE} OR (signed_at IS NOT NULL AND starts_on IS NOT NULL"
            " AND activated_at IS NOT NULL"
            " AND (first_payment_key IS NOT NULL OR COALESCE(amendment_charge_cents, 1) = 0))",
            name="active_is_signed_and_paid",
        ),
        CheckConstraint(f"activated_at IS NULL OR state IN {WAS_ACTIVE}", name="active_stays_so"),
        CheckConstraint(
            f"state = 'draft' OR state IN {NEVER_ACTIVE} OR (template_id IS NOT NULL"
            " AND generated_at IS NOT NULL AND file_id IS NOT NULL AND envelope_id IS NOT NULL)",
            name="generated_has_document",
        ),
        CheckConstraint(LATE_RATES_LAWFUL, name="late_rates_lawful"),
        CheckConstraint("(ends_on IS NOT NULL) = (state IN ('ending', 'ended'))", name="ends_on_a_day"),
        Index(
            "uq_contracts_version_id",
            "version_id",
            unique=True,
            postgresql_where=text(f"state NOT IN {NEVER_ACTIVE}"),
        ),
        Index("ix_contracts_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_contracts_customer_id_state", "customer_id", "state"),
        Index("ix_contracts_partner_id_changed_at", "partner_id", "changed_at"),
        Index("ix_contracts_changed_at", "changed_at"),
        Index("ix_contracts_state_changed_at", "state", "changed_at"),
        Index("ix_contracts_partner_id_state_changed_at", "partner_id", "state", "changed_at"),
        Index("ix_contracts_base_contract_id", "base_contract_id"),
        Index("ix_contracts_quote_id", "quote_id"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    quote_id: Mapped[int]
    version_id: Mapped[int]
    kind: Mapped[ContractKind]
    base_contract_id: Mapped[int | None]
    taken_over_from_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    state: Mapped[ContractState]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    generation_asked_at: Mapped[datetime | None]
    generation_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("contract_templates.id"))
    terms_on: Mapped[date | None]
    amendment_charge_cents: Mapped[int | None]
    applies_on: Mapped[date | None]
    covers_until: Mapped[date | None]
    generated_at: Mapped[datetime | None]
    file_id: Mapped[int | None]
    envelope_id: Mapped[int | None]
    signed_at: Mapped[datetime | None]
    signed_file_id: Mapped[int | None]
    first_payment_key: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    ended_services: Mapped[list[Any]] = mapped_column(default=list)
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str] = mapped_column(default="")

    lacks_card: Mapped[bool] = query_expression()

    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Customer.id == foreign(Contract.customer_id),
    )
    quote: Mapped[Quote] = relationship(
        lazy="raise_on_sql", viewonly=True, primaryjoin=lambda: Quote.id == foreign(Contract.quote_id)
    )
    version: Mapped[QuoteVersion] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: QuoteVersion.id == foreign(Contract.version_id),
    )
    template: Mapped[ContractTemplate | None] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def label(self) -> str:
        """The number people call it by."""
        return contract_label(self.id)

    @property
    def is_being_generated(self) -> bool:
        """Whether somebody asked for the document, or for another one, and it is not there yet."""
        if self.generation_asked_at is None or self.state not in GENERATES:
            return False
        return self.generated_at is None or self.generated_at < self.generation_asked_at

    @property
    def needs_payment(self) -> bool:
        """Whether it waits for a first payment: all do but an amendment that charges nothing."""
        return self.amendment_charge_cents != 0


class ContractRequest(Base):
    """What a quote is for, when it is more than a new activation: one a quote.

    The vendor's people ask for a change of partner before the new partner has written the quote;
    until then `quote_id` is empty.
    """

    __tablename__ = "contract_requests"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(
            ["quote_id", "partner_id", "customer_id"],
            ["quotes.id", "quotes.partner_id", "quotes.customer_id"],
        ),
        ForeignKeyConstraint(
            ["base_contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
        ),
        CheckConstraint(KIND_HAS_BASE, name="kind_has_base"),
        CheckConstraint("kind <> 'activation'", name="of_a_known_contract"),
        CheckConstraint("kind = 'partner_change' OR quote_id IS NOT NULL", name="has_quote"),
        Index("ix_contract_requests_customer_id", "customer_id"),
        Index("ix_contract_requests_base_contract_id", "base_contract_id"),
        Index(
            "uq_contract_requests_open_change",
            "taken_over_from_id",
            unique=True,
            postgresql_where=text("quote_id IS NULL"),
        ),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    quote_id: Mapped[int | None] = mapped_column(unique=True)
    kind: Mapped[ContractKind]
    base_contract_id: Mapped[int | None]
    taken_over_from_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
