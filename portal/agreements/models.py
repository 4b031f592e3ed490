"""Tables of the agreements room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.agreements.rules.states import AgreementState, agreement_label, part_name
from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.partners.models import Partner
from portal.settings.models import LATE_RATES_LAWFUL, HasLateTerms
from portal.shared.db import Base, id_column
from portal.signatures.models import Envelope
from portal.users.models import User

_INVOICE = [Invoice.id, Invoice.contract_id, Invoice.partner_id, Invoice.customer_id]


class Agreement(HasLateTerms, Base):
    """An acordo: overdue invoices of a customer, joined and paid by parts. Kept as it was agreed.

    `figures_on` is the day its amounts are of, in centavos; `discount_cents` is taken off the charges.
    `contract_id` is the one its own invoices are made under. Made by somebody of the portal, for a `reason`
    where that goes beyond what a customer may do, or by the customer, who is at the address `made_for`.
    It is broken when its entry is late by more than `entry_days`, a part by more than `part_days`.
    `began_at` is when its entry was paid, or it was signed without one.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            [Contract.id, Contract.partner_id, Contract.customer_id],
        ),
        ForeignKeyConstraint(["envelope_id", "partner_id"], [Envelope.id, Envelope.partner_id]),
        UniqueConstraint("envelope_id"),
        UniqueConstraint("id", "contract_id", "partner_id", "customer_id"),
        UniqueConstraint("id", "partner_id", "customer_id"),
        CheckConstraint(
            "face_cents > 0 AND charges_cents >= 0 AND discount_cents BETWEEN 0 AND charges_cents",
            name="amounts_sane",
        ),
        CheckConstraint("entry_days >= 0 AND part_days >= 0", name="broken_after_days"),
        CheckConstraint(LATE_RATES_LAWFUL, name="late_rates_lawful"),
        CheckConstraint("(made_by_id IS NULL) = (made_for <> '')", name="by_somebody"),
        CheckConstraint(
            "(state IN ('awaiting_entry', 'running', 'fulfilled', 'broken')) = (signed_at IS NOT NULL)"
            " AND (state NOT IN ('running', 'fulfilled') OR began_at IS NOT NULL)"
            " AND (signed_at IS NOT NULL OR began_at IS NULL)"
            " AND (signed_at IS NULL OR envelope_id IS NOT NULL)",
            name="signed_in_time",
        ),
        CheckConstraint(
            "(state IN ('fulfilled', 'broken', 'withdrawn', 'declined', 'expired')) = (closed_at IS NOT NULL)"
            " AND (closed_at IS NULL) = (close_reason = '')",
            name="closed_for_a_reason",
        ),
        Index(
            "uq_agreements_offered", "customer_id", unique=True, postgresql_where=text("state = 'offered'")
        ),
        Index("ix_agreements_customer_id_made_at", "customer_id", "made_at"),
        Index("ix_agreements_partner_id_made_at", "partner_id", "made_at"),
        Index("ix_agreements_state", "state", "id"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    contract_id: Mapped[int]
    state: Mapped[AgreementState] = mapped_column(default=AgreementState.OFFERED)
    figures_on: Mapped[date]
    face_cents: Mapped[int]
    charges_cents: Mapped[int]
    discount_cents: Mapped[int]
    entry_days: Mapped[int]
    part_days: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    made_for: Mapped[str] = mapped_column(default="")
    envelope_id: Mapped[int | None]
    signed_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str] = mapped_column(default="")
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))

    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(Agreement.customer_id), viewonly=True
    )
    partner: Mapped[Partner] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Partner.id == foreign(Agreement.partner_id), viewonly=True
    )
    envelope: Mapped[Envelope | None] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Envelope.id == foreign(Agreement.envelope_id), viewonly=True
    )
    made_by: Mapped[User | None] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: User.id == foreign(Agreement.made_by_id), viewonly=True
    )
    debts: Mapped[list["AgreementDebt"]] = relationship(
        lazy="raise_on_sql", order_by="AgreementDebt.position", viewonly=True
    )
    parts: Mapped[list["AgreementPart"]] = relationship(
        lazy="raise_on_sql", order_by="AgreementPart.number", viewonly=True
    )

    @property
    def label(self) -> str:
        """The number as people read it."""
        return agreement_label(self.id)

    @property
    def total_cents(self) -> int:
        """What is paid in all."""
        return self.face_cents + self.charges_cents - self.discount_cents

    @property
    def last_part(self) -> int:
        """How many parts there are after the entry. Its parts are loaded."""
        return max(part.number for part in self.parts)

    @property
    def paid_cents(self) -> int:
        """What is paid of its parts, without what lateness added. Parts and their invoices are loaded."""
        return sum(part.invoice.paid_cents for part in self.parts if part.invoice is not None)

    @property
    def next_part(self) -> "AgreementPart | None":
        """The part to be paid next; None when none is. Parts and their invoices are loaded."""
        is_open = (part for part in self.parts if part.invoice is not None and part.invoice.open_cents)
        return next(is_open, None)


class AgreementDebt(Base):
    """An invoice in an agreement: what was open of it, and its charges, on the day of the figures.

    `is_held` while the agreement stands: no other may hold the same invoice, and the invoice's state says so.
    """

    __tablename__ = "agreement_debts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agreement_id", "partner_id", "customer_id"],
            [Agreement.id, Agreement.partner_id, Agreement.customer_id],
        ),
        ForeignKeyConstraint(["invoice_id", "contract_id", "partner_id", "customer_id"], _INVOICE),
        UniqueConstraint("agreement_id", "invoice_id"),
        UniqueConstraint("agreement_id", "position"),
        CheckConstraint("face_cents > 0 AND charges_cents >= 0 AND position >= 1", name="amounts_sane"),
        Index("uq_agreement_debts_held", "invoice_id", unique=True, postgresql_where=text("is_held")),
        Index("ix_agreement_debts_invoice_id", "invoice_id"),
        Index("ix_agreement_debts_contract_id", "contract_id"),
    )

    id: Mapped[int] = id_column()
    agreement_id: Mapped[int]
    invoice_id: Mapped[int]
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    position: Mapped[int]
    face_cents: Mapped[int]
    charges_cents: Mapped[int]
    is_held: Mapped[bool] = mapped_column(default=False)

    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Invoice.id == foreign(AgreementDebt.invoice_id),
        viewonly=True,
    )


class AgreementPart(Base):
    """A part of an agreement; number 0 is the entry. Its invoice is made when the agreement is signed."""

    __tablename__ = "agreement_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agreement_id", "contract_id", "partner_id", "customer_id"],
            [Agreement.id, Agreement.contract_id, Agreement.partner_id, Agreement.customer_id],
        ),
        ForeignKeyConstraint(["invoice_id", "contract_id", "partner_id", "customer_id"], _INVOICE),
        UniqueConstraint("agreement_id", "number"),
        UniqueConstraint("invoice_id"),
        CheckConstraint(
            "number >= 0 AND amount_cents > 0 AND charges_cents >= 0 AND charges_cents < amount_cents",
            name="amounts_sane",
        ),
    )

    id: Mapped[int] = id_column()
    agreement_id: Mapped[int]
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    number: Mapped[int]
    due_on: Mapped[date]
    amount_cents: Mapped[int]
    charges_cents: Mapped[int]
    invoice_id: Mapped[int | None]

    invoice: Mapped[Invoice | None] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Invoice.id == foreign(AgreementPart.invoice_id),
        viewonly=True,
    )

    @property
    def face_cents(self) -> int:
        """What it pays of the invoices themselves."""
        return self.amount_cents - self.charges_cents

    def name_of(self, count: int) -> str:
        """What it is called among so many parts after the entry."""
        return part_name(self.number, count)


class AgreementFill(Base):
    """What a paid part gave to an invoice in the agreement, in centavos; `returned_cents` of it went back."""

    __tablename__ = "agreement_fills"
    __table_args__ = (
        CheckConstraint("cents > 0 AND returned_cents BETWEEN 0 AND cents", name="amounts_sane"),
        Index("ix_agreement_fills_debt_id", "debt_id"),
        Index("ix_agreement_fills_part_id", "part_id"),
    )

    id: Mapped[int] = id_column()
    debt_id: Mapped[int] = mapped_column(ForeignKey(AgreementDebt.id))
    part_id: Mapped[int] = mapped_column(ForeignKey(AgreementPart.id))
    cents: Mapped[int]
    returned_cents: Mapped[int] = mapped_column(default=0)
    paid_at: Mapped[datetime]
    filled_at: Mapped[datetime]

    @property
    def key(self) -> str:
        """What the ledger calls it."""
        return f"agreement:{self.id}"

    @property
    def kept_cents(self) -> int:
        """What did not go back."""
        return self.cents - self.returned_cents
