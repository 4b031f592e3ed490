"""Tables of the dunning room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.catalog.rules import ServiceKind
from portal.customers.models import Customer
from portal.dunning.rules.prices import PriceSort
from portal.dunning.rules.sending import HoldKind, LeftOut, RunState
from portal.dunning.rules.steps import Audience, Channel
from portal.dunning.rules.ways import NotByWhatsApp
from portal.invoices.models import Invoice
from portal.partners.models import Partner
from portal.shared.db import Base, enum_column, id_column
from portal.users.models import User


class DunningPolicy(Base):
    """The steps in force from an instant on, until a newer policy. Never changed: a change is a new one."""

    __tablename__ = "dunning_policies"

    id: Mapped[int] = id_column()
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    made_by: Mapped[User] = relationship(lazy="raise_on_sql")
    steps: Mapped[list["DunningStep"]] = relationship(lazy="raise_on_sql", order_by="DunningStep.position")


class DunningStep(Base):
    """A step of a policy, see `rules.steps.Step`."""

    __tablename__ = "dunning_steps"
    __table_args__ = (
        UniqueConstraint("policy_id", "position"),
        CheckConstraint("days BETWEEN -30 AND 90", name="within_reason"),
        CheckConstraint("min_cents >= 0", name="least_amount_sane"),
        CheckConstraint("subject <> '' AND body <> ''", name="says_something"),
    )

    id: Mapped[int] = id_column()
    policy_id: Mapped[int] = mapped_column(ForeignKey("dunning_policies.id"))
    position: Mapped[int]
    days: Mapped[int]
    channel: Mapped[Channel]
    audience: Mapped[Audience]
    min_cents: Mapped[int]
    subject: Mapped[str]
    body: Mapped[str]
    service_kind: Mapped[ServiceKind | None]


class DunningRun(Base):
    """What is to be sent on a day, all of it at once; one a day."""

    __tablename__ = "dunning_runs"
    __table_args__ = (
        UniqueConstraint("day"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_at_an_instant"),
    )

    id: Mapped[int] = id_column()
    day: Mapped[date]
    policy_id: Mapped[int] = mapped_column(ForeignKey("dunning_policies.id"))
    state: Mapped[RunState]
    prepared_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    released_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class DunningMessage(Base):
    """A reminder of an invoice in a run: what was open (centavos) and why it is left out, if it is.

    `days` is its step's: an invoice is reminded once for each, whatever policies come (a run that nobody
    released reminds nobody). `channel` is how it goes, `instead` why not by WhatsApp as its step says. Only
    `queued_at`, when it was handed on, changes, and `fell_back_to`: how it went after WhatsApp failed.
    """

    __tablename__ = "dunning_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "contract_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.contract_id, Invoice.partner_id, Invoice.customer_id],
        ),
        UniqueConstraint("run_id", "invoice_id"),
        CheckConstraint("open_cents > 0", name="something_open"),
        CheckConstraint("left_out IS NULL OR queued_at IS NULL", name="left_out_is_not_sent"),
        CheckConstraint(
            "(fell_back_to IS NULL) = (fell_back_at IS NULL)"
            " AND (fell_back_at IS NULL OR queued_at IS NOT NULL)",
            name="fell_back_once",
        ),
        Index(
            "uq_dunning_messages_invoice_id_days",
            "invoice_id",
            "days",
            unique=True,
            postgresql_where=text("queued_at IS NOT NULL"),
        ),
        Index("ix_dunning_messages_invoice_id", "invoice_id"),
        Index("ix_dunning_messages_customer_id", "customer_id"),
        Index(
            "ix_dunning_messages_waiting",
            "run_id",
            "id",
            postgresql_where=text("left_out IS NULL AND queued_at IS NULL"),
        ),
    )

    id: Mapped[int] = id_column()
    run_id: Mapped[int] = mapped_column(ForeignKey("dunning_runs.id"))
    step_id: Mapped[int] = mapped_column(ForeignKey("dunning_steps.id"))
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    contract_id: Mapped[int]
    invoice_id: Mapped[int]
    channel: Mapped[Channel]
    days: Mapped[int]
    open_cents: Mapped[int]
    left_out: Mapped[LeftOut | None]
    queued_at: Mapped[datetime | None]
    instead: Mapped[NotByWhatsApp | None]
    fell_back_to: Mapped[Channel | None] = mapped_column(enum_column(Channel, "fell_back_to"))
    fell_back_at: Mapped[datetime | None]

    run: Mapped[DunningRun] = relationship(lazy="raise_on_sql")
    step: Mapped[DunningStep] = relationship(lazy="raise_on_sql")
    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Invoice.id == foreign(DunningMessage.invoice_id),
        viewonly=True,
    )
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Customer.id == foreign(DunningMessage.customer_id),
        viewonly=True,
    )
    partner: Mapped[Partner] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Partner.id == foreign(DunningMessage.partner_id),
        viewonly=True,
    )


class DunningHold(Base):
    """That a customer is not reminded, or not of one invoice: until a day or, opted out, never by mail.

    Without `made_by` the customer wants it so.
    """

    __tablename__ = "dunning_holds"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        CheckConstraint("(kind = 'opt_out') = (until_on IS NULL)", name="until_a_day"),
        CheckConstraint("reason <> ''", name="says_why"),
        Index("ix_dunning_holds_customer_id", "customer_id"),
        Index(
            "uq_dunning_holds_open",
            "customer_id",
            "kind",
            text("coalesce(invoice_id, 0)"),
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    kind: Mapped[HoldKind]
    until_on: Mapped[date | None]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]

    made_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
    invoice: Mapped[Invoice | None] = relationship(lazy="raise_on_sql")


class DunningPrice(Base):
    """What one message costs from a day on, in ten-thousandths of a real (`rules.prices`). Never changed."""

    __tablename__ = "dunning_prices"
    __table_args__ = (
        UniqueConstraint("sort", "from_on"),
        CheckConstraint("ten_thousandths BETWEEN 0 AND 100000000", name="sane"),
    )

    id: Mapped[int] = id_column()
    sort: Mapped[PriceSort]
    from_on: Mapped[date]
    ten_thousandths: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    made_by: Mapped[User] = relationship(lazy="raise_on_sql")
