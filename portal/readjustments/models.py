"""Tables of the readjustments room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.contracts.models import Contract
from portal.partners.models import Partner
from portal.readjustments.rules.campaigns import Outcome
from portal.readjustments.rules.index import LARGEST_VARIATION, IndexSource
from portal.shared.db import Base, id_column
from portal.subscriptions.models import Subscription
from portal.users.models import User

CONTRACT = (
    ["contract_id", "partner_id", "customer_id"],
    ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
)


class IndexImport(Base):
    """A file of the monthly index from which something was stored, by whom. Append-only."""

    __tablename__ = "index_imports"
    __table_args__ = (
        CheckConstraint("added >= 0 AND revised >= 0 AND added + revised > 0", name="brings_something"),
    )

    id: Mapped[int] = id_column()
    source: Mapped[IndexSource]
    file_name: Mapped[str]
    sha256: Mapped[str]
    added: Mapped[int]
    revised: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    imported_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class IndexMonth(Base):
    """The variation of the IGP-M in a month, in hundredths of a percent. Append-only.

    A month that was revised has a row more; that with the highest `revision` holds.
    """

    __tablename__ = "index_months"
    __table_args__ = (
        UniqueConstraint("month", "revision"),
        CheckConstraint("extract(day FROM month) = 1", name="first_day"),
        CheckConstraint("revision >= 1", name="revised_forward"),
        CheckConstraint(f"basis_points BETWEEN -{LARGEST_VARIATION} AND {LARGEST_VARIATION}", name="sane"),
    )

    id: Mapped[int] = id_column()
    month: Mapped[date]
    revision: Mapped[int]
    basis_points: Mapped[int]
    import_id: Mapped[int] = mapped_column(ForeignKey("index_imports.id"))

    brought_by: Mapped[IndexImport] = relationship(lazy="raise_on_sql")


class ReadjustmentCampaign(Base):
    """The readjustment of a month, released by somebody: one a month, never changed.

    `month` is the first day of the month in which the readjusted invoices fall due. `basis_points` is the
    index of the twelve months up to `last_index_month`, in hundredths of a percent, as it was on that day.
    """

    __tablename__ = "readjustment_campaigns"
    __table_args__ = (
        CheckConstraint(
            "extract(day FROM month) = 1 AND extract(day FROM last_index_month) = 1", name="first_days"
        ),
        CheckConstraint("last_index_month < month", name="index_is_known"),
    )

    id: Mapped[int] = id_column()
    month: Mapped[date] = mapped_column(unique=True)
    last_index_month: Mapped[date]
    basis_points: Mapped[int]
    released_at: Mapped[datetime]
    released_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    released_by: Mapped[User] = relationship(lazy="raise_on_sql")


class Readjustment(Base):
    """What a campaign did with a contract: readjusted, or left out for a reason.

    It holds for payment `number` of the contract, due on `due_on`, and all that follow; `counted_from` is the
    price event from which the year was counted. Money is centavos a month. `written_at`: the new price stands
    in the subscription, with the repasse that comes of it. What is withdrawn was put back before it was
    billed.
    """

    __tablename__ = "readjustments"
    __table_args__ = (
        ForeignKeyConstraint(*CONTRACT),
        UniqueConstraint("campaign_id", "contract_id"),
        CheckConstraint(
            "CASE WHEN outcome = 'readjusted' THEN after_cents >= before_cents"
            " ELSE after_cents = before_cents END"
            " AND before_cents >= 0",
            name="never_lowers",
        ),
        CheckConstraint(
            "outcome <> 'readjusted' OR due_on >= (counted_from + interval '1 year')::date",
            name="a_year_later",
        ),
        CheckConstraint("(written_at IS NULL) = (after_repasse_cents IS NULL)", name="written_with_repasse"),
        CheckConstraint("written_at IS NULL OR outcome = 'readjusted'", name="written_when_readjusted"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason = '')"
            " AND (withdrawn_at IS NULL OR outcome = 'readjusted')",
            name="withdrawn_for_a_reason",
        ),
        Index("ix_readjustments_contract_id", "contract_id"),
        Index(
            "ix_readjustments_to_write",
            "campaign_id",
            "id",
            postgresql_where=text("written_at IS NULL AND withdrawn_at IS NULL AND outcome = 'readjusted'"),
        ),
        Index(
            "uq_readjustments_payment",
            "contract_id",
            "number",
            unique=True,
            postgresql_where=text("outcome = 'readjusted' AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = id_column()
    campaign_id: Mapped[int] = mapped_column(ForeignKey("readjustment_campaigns.id"))
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    counted_from: Mapped[date]
    number: Mapped[int]
    due_on: Mapped[date]
    outcome: Mapped[Outcome]
    before_cents: Mapped[int]
    after_cents: Mapped[int]
    before_repasse_cents: Mapped[int]
    after_repasse_cents: Mapped[int | None]
    written_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_reason: Mapped[str] = mapped_column(default="")

    campaign: Mapped[ReadjustmentCampaign] = relationship(lazy="raise_on_sql")
    contract: Mapped[Contract] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Contract.id == foreign(Readjustment.contract_id),
        viewonly=True,
    )
    partner: Mapped[Partner] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Partner.id == foreign(Readjustment.partner_id), viewonly=True
    )


class ReadjustmentHold(Base):
    """A contract that is not readjusted until somebody lifts this. One open a contract; kept afterwards."""

    __tablename__ = "readjustment_holds"
    __table_args__ = (
        ForeignKeyConstraint(*CONTRACT),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted_by_somebody"),
        Index(
            "uq_readjustment_holds_open",
            "contract_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index("ix_readjustment_holds_contract_id", "contract_id"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    reason: Mapped[str]
    placed_at: Mapped[datetime]
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    placed_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[placed_by_id])


class RenewalOffer(Base):
    """That a contract's next term, of several months, is offered at the price of now.

    One a term, which payment `number`, due on `due_on`, begins. Who accepts before that is billed,
    `accepted_by` by name or address, keeps `monthly_cents` for the whole of it, both days included; otherwise
    the term follows as agreed, with its readjustment. Only its acceptance is ever
    written to it (triggers).
    """

    __tablename__ = "renewal_offers"
    __table_args__ = (
        ForeignKeyConstraint(
            CONTRACT[0],
            [Subscription.contract_id, Subscription.partner_id, Subscription.customer_id],
        ),
        UniqueConstraint("contract_id", "starts_on"),
        CheckConstraint("ends_on > starts_on AND monthly_cents >= 0", name="of_a_term"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by = '')", name="accepted_by_somebody"),
        CheckConstraint(
            "accepted_at IS NULL OR (accepted_at AT TIME ZONE 'America/Sao_Paulo')::date < due_on",
            name="accepted_in_time",
        ),
        Index("ix_renewal_offers_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    number: Mapped[int]
    due_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    monthly_cents: Mapped[int]
    offered_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str] = mapped_column(default="")
