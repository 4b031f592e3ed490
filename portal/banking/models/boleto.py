"""Boletos, and the series their numbers come from."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.banking.models.bank_file import BankFile
from portal.banking.rules.boleto import BoletoState
from portal.invoices.models import Invoice
from portal.settings.models import LATE_RATES_LAWFUL
from portal.shared.db import Base, id_column

LIVE = "state IN ('issued', 'registered')"


class BoletoSeries(Base):
    """The last number given out under an agreement; its row is locked while the next one is taken."""

    __tablename__ = "boleto_series"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class Boleto(Base):
    """One boleto of an invoice. `number` is our number (nosso número) at the bank, never used again.

    Payer and codes are as printed: triggers freeze them and keep the row. `remittance_id` is the file that
    asked the bank to register it, and to charge by the late rates once it is past its due date;
    `charges_cents` of its amount are charges of an invoice that was late when it was issued. A write-off that
    is asked for leaves with the next remittance, `withdrawal_id`. `rejected_at` is when the bank told us that
    it does not take it. A trigger lets `state`
    move only as `TRANSITIONS` say.
    """

    __tablename__ = "boletos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        # Printed for who owes the invoice, nobody else.
        ForeignKeyConstraint(["invoice_id", "payer_document"], ["invoices.id", "invoices.payer_document"]),
        UniqueConstraint("series", "number"),
        UniqueConstraint("bar_code"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(LATE_RATES_LAWFUL, name="late_rates_lawful"),
        CheckConstraint("charges_cents >= 0 AND charges_cents < amount_cents", name="charges_within"),
        CheckConstraint("(state = 'rejected') = (rejection <> '')", name="rejected_with_reason"),
        CheckConstraint("state <> 'rejected' OR rejected_at IS NOT NULL", name="rejected_at_some_time"),
        CheckConstraint(
            "(state IN ('paid_unsettled', 'paid')) = (paid_at IS NOT NULL)", name="paid_at_some_time"
        ),
        CheckConstraint(
            "state <> 'write_off_asked' OR withdraw_asked_at IS NOT NULL", name="write_off_asked_at_some_time"
        ),
        Index(
            "uq_boletos_live",
            "invoice_id",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        Index("ix_boletos_invoice_id", "invoice_id"),
        Index("ix_boletos_state_issued_at", "state", "issued_at"),
        Index("ix_boletos_customer_id", "customer_id"),
        Index("ix_boletos_number", "number"),
        Index("ix_boletos_rejected_at", "rejected_at", postgresql_where=text("state = 'rejected'")),
        Index("ix_boletos_unsettled", "invoice_id", postgresql_where=text("state = 'paid_unsettled'")),
    )

    id: Mapped[int] = id_column()
    series: Mapped[str] = mapped_column(ForeignKey("boleto_series.name"))
    number: Mapped[int]
    invoice_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    amount_cents: Mapped[int]
    charges_cents: Mapped[int] = mapped_column(default=0)
    late_fee_basis_points: Mapped[int] = mapped_column(default=0)
    late_interest_basis_points: Mapped[int] = mapped_column(default=0)
    due_on: Mapped[date]
    bar_code: Mapped[str]
    line: Mapped[str]
    our_number: Mapped[str]
    payer_name: Mapped[str]
    payer_document: Mapped[str]
    payer_street: Mapped[str]
    payer_district: Mapped[str]
    payer_postal_code: Mapped[str]
    payer_city: Mapped[str]
    payer_state: Mapped[str]
    issued_at: Mapped[datetime]
    state: Mapped[BoletoState]
    registered_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    rejection: Mapped[str] = mapped_column(default="")
    paid_at: Mapped[datetime | None]
    remittance_id: Mapped[int | None] = mapped_column(ForeignKey("bank_files.id"), index=True)
    withdraw_asked_at: Mapped[datetime | None]
    withdrawal_id: Mapped[int | None] = mapped_column(ForeignKey("bank_files.id"))

    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Invoice.id == foreign(Boleto.invoice_id), viewonly=True
    )
    remittance: Mapped[BankFile | None] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: BankFile.id == foreign(Boleto.remittance_id),
        viewonly=True,
    )

    @property
    def brings_charges(self) -> bool:
        """Whether who pays it late pays late charges with it."""
        return bool(self.charges_cents or self.late_fee_basis_points or self.late_interest_basis_points)


class BoletoSettlement(Base):
    """A payment of a boleto that the bank told of before crediting it: kept as told until `settles_on`.

    It is booked on that day under `external_id`, unless the bank undid it by then. Triggers keep it as told.
    """

    __tablename__ = "boleto_settlements"
    __table_args__ = (
        UniqueConstraint("external_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("fee_cents >= 0 AND fee_cents <= amount_cents", name="fee_within"),
        Index("ix_boleto_settlements_boleto_id", "boleto_id"),
        Index(
            "ix_boleto_settlements_waiting", "settles_on", "id", postgresql_where=text("settled_at IS NULL")
        ),
    )

    id: Mapped[int] = id_column()
    boleto_id: Mapped[int] = mapped_column(ForeignKey("boletos.id"))
    external_id: Mapped[str]
    amount_cents: Mapped[int]
    fee_cents: Mapped[int]
    paid_at: Mapped[datetime]
    settles_on: Mapped[date]
    facts: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    boleto: Mapped[Boleto] = relationship(lazy="raise_on_sql")
