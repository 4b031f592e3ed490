"""Invoices, their lines, and the series their numbers come from."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.invoices.rules.states import HELD, OWED, InvoiceKind, InvoiceState, invoice_label
from portal.settings.models import LATE_RATES_LAWFUL, HasLateTerms
from portal.shared.db import Base, id_column
from portal.subscriptions.rules import BilledTo

NOT_VOID = text("state <> 'void'")


class InvoiceSeries(Base):
    """The last number given out. Its row is locked while an invoice takes the next one (invariant M12)."""

    __tablename__ = "invoice_series"
    __table_args__ = (CheckConstraint("last_number >= 0", name="counts_up"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class Invoice(HasLateTerms, Base):
    """A fatura. One a contract and payment (M2), void ones aside; once issued, only state and paid sum move.

    `installment_number` counts the contract's payments over all its terms, the first one included;
    `payment_number` counts within `term_number`, and both are empty for a first period and for an amendment's
    difference, of which a contract has one, for the days between two due days, and for what a debt agreement
    asks for, which is no payment of the contract: it has no `installment_number` either. So what is billed is
    unique, not the month it falls due in: `due_month`, its first day. `payer_*` is who owes it, as known when
    it was made. `period_*` is the time it charges, both days included, and `grace_until` the day the service
    is released to once it is paid; a first installment has none: it counts from the day the service begins.
    `explanation` says in words how its amount came about; `carried_cents` of it are late charges of earlier
    invoices, paid last. `chunk_id` is the part of a billing run that made it. `customer_id` is the contract's
    customer also when the partner owes it. Triggers keep issued rows and refuse lines that do not add up to
    `amount_cents` (M11).
    """

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
        ),
        UniqueConstraint("id", "partner_id"),
        UniqueConstraint("id", "partner_id", "customer_id"),
        UniqueConstraint("id", "contract_id", "partner_id", "customer_id"),
        CheckConstraint(
            "(kind = 'installment') = (term_number IS NOT NULL)"
            " AND (term_number IS NULL) = (payment_number IS NULL)"
            " AND (term_number IS NULL OR (term_number >= 1 AND payment_number >= 1))",
            name="installment_of_a_term",
        ),
        CheckConstraint(
            "(kind = 'agreement') = (installment_number IS NULL) AND (installment_number IS NULL OR"
            " (installment_number >= 1 AND (installment_number = 1 OR (kind IN ('installment', 'between')"
            " AND period_from IS NOT NULL AND grace_until IS NOT NULL))))",
            name="later_ones_have_a_period",
        ),
        CheckConstraint("grace_until IS NULL OR grace_until >= period_until", name="grace_after_period"),
        UniqueConstraint("id", "billed_to"),
        UniqueConstraint("id", "payer_document"),
        CheckConstraint(LATE_RATES_LAWFUL, name="late_rates_lawful"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("carried_cents >= 0 AND carried_cents < amount_cents", name="carried_within"),
        CheckConstraint("currency = 'BRL'", name="in_reais"),
        CheckConstraint("paid_cents >= 0 AND paid_cents <= amount_cents", name="not_paid_beyond"),
        CheckConstraint("number IS NOT NULL OR state IN ('draft', 'void')", name="issued_has_number"),
        CheckConstraint("state <> 'draft' OR number IS NULL", name="draft_has_none"),
        CheckConstraint("(number IS NULL) = (issued_at IS NULL)", name="issued_at_some_time"),
        CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL) AND (state <> 'paid' OR paid_cents = amount_cents)",
            name="paid_in_full",
        ),
        CheckConstraint(
            "(state = 'void') = (voided_at IS NOT NULL) AND (state <> 'void' OR void_reason <> '')",
            name="void_has_reason",
        ),
        CheckConstraint(
            "(period_from IS NULL) = (period_until IS NULL)"
            " AND (period_from IS NULL OR period_until >= period_from)",
            name="period_forward",
        ),
        Index(
            "uq_invoices_first_of_contract",
            "contract_id",
            unique=True,
            postgresql_where=text("kind IN ('first_period', 'difference') AND state <> 'void'"),
        ),
        Index(
            "uq_invoices_contract_id_installment_number",
            "contract_id",
            "installment_number",
            unique=True,
            postgresql_where=NOT_VOID,
        ),
        Index(
            "uq_invoices_contract_id_term_number_payment_number",
            "contract_id",
            "term_number",
            "payment_number",
            unique=True,
            postgresql_where=NOT_VOID,
        ),
        Index("ix_invoices_contract_id_installment_number", "contract_id", "installment_number"),
        Index("ix_invoices_customer_id_due_on", "customer_id", "due_on"),
        Index("ix_invoices_partner_id_state_due_on", "partner_id", "state", "due_on"),
        Index("ix_invoices_state_due_on", "state", "due_on"),
        Index("ix_invoices_due_on_id", "due_on", "id"),
        Index("ix_invoices_partner_id_due_on_id", "partner_id", "due_on", "id"),
        Index("ix_invoices_chunk_id", "chunk_id", postgresql_where=text("chunk_id IS NOT NULL")),
    )

    id: Mapped[int] = id_column()
    number: Mapped[int | None] = mapped_column(unique=True)
    chunk_id: Mapped[int | None] = mapped_column(ForeignKey("billing_chunks.id"))
    contract_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    kind: Mapped[InvoiceKind]
    billed_to: Mapped[BilledTo]
    payer_name: Mapped[str]
    payer_document: Mapped[str]
    payment_method: Mapped[str]
    installment_number: Mapped[int | None]
    term_number: Mapped[int | None]
    payment_number: Mapped[int | None]
    due_month: Mapped[date]
    due_on: Mapped[date]
    period_from: Mapped[date | None]
    period_until: Mapped[date | None]
    grace_until: Mapped[date | None]
    amount_cents: Mapped[int]
    carried_cents: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="BRL")
    explanation: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    state: Mapped[InvoiceState]
    issued_at: Mapped[datetime | None]
    paid_cents: Mapped[int] = mapped_column(default=0)
    paid_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")

    contract: Mapped[Contract] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Contract.id == foreign(Invoice.contract_id), viewonly=True
    )
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(Invoice.customer_id), viewonly=True
    )
    lines: Mapped[list["InvoiceLine"]] = relationship(
        lazy="raise_on_sql", order_by="InvoiceLine.position", viewonly=True
    )

    @property
    def label(self) -> str:
        """The number as people read it."""
        return invoice_label(self.number)

    @property
    def open_cents(self) -> int:
        """What is still owed: nothing unless it is open or uncollectible."""
        return self.amount_cents - self.paid_cents if self.state in OWED else 0

    @property
    def unpaid_cents(self) -> int:
        """As `open_cents`, and what is to be paid by way of an agreement."""
        return self.amount_cents - self.paid_cents if self.state in HELD else 0


class InvoiceLine(Base):
    """One line of an invoice; written while it is a draft and never changed."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint("amount_cents >= 0 AND quantity >= 1 AND position >= 1", name="amounts_sane"),
    )

    id: Mapped[int] = id_column()
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    position: Mapped[int]
    code: Mapped[str]
    label: Mapped[str]
    quantity: Mapped[int]
    amount_cents: Mapped[int]
