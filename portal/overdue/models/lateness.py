"""Tables of the overdue room."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.invoices.models import Invoice
from portal.overdue.rules.lateness import ReleaseReason
from portal.shared.db import Base, id_column
from portal.subscriptions.models import Subscription


class OverdueNotice(Base):
    """A notice that a service may be suspended: why, for how much (centavos), from which day. Append-only.

    The row is the notice; its mail is a row of its own. One an invoice.
    """

    __tablename__ = "overdue_notices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            [Subscription.contract_id, Subscription.partner_id, Subscription.customer_id],
        ),
        ForeignKeyConstraint(
            ["invoice_id", "contract_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.contract_id, Invoice.partner_id, Invoice.customer_id],
        ),
        UniqueConstraint("invoice_id"),
        UniqueConstraint("id", "contract_id"),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "suspends_on > (noticed_at AT TIME ZONE 'America/Sao_Paulo')::date", name="warns_before"
        ),
        Index("ix_overdue_notices_customer_id_noticed_at", "customer_id", "noticed_at"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    invoice_id: Mapped[int]
    reason: Mapped[str]
    amount_cents: Mapped[int]
    suspends_on: Mapped[date]
    noticed_at: Mapped[datetime]


class Suspension(Base):
    """That a service was suspended, by which notice, and when and why it was released. Never removed.

    A trigger refuses one before the notice's day, or while a boleto is paid and not settled (M20).
    """

    __tablename__ = "suspensions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            [Subscription.contract_id, Subscription.partner_id, Subscription.customer_id],
        ),
        ForeignKeyConstraint(
            ["notice_id", "contract_id"], ["overdue_notices.id", "overdue_notices.contract_id"]
        ),
        UniqueConstraint("id", "contract_id"),
        CheckConstraint(
            "(released_at IS NULL) = (release_reason IS NULL) AND released_at >= suspended_at",
            name="released_for_a_reason",
        ),
        Index(
            "uq_suspensions_open", "contract_id", unique=True, postgresql_where=text("released_at IS NULL")
        ),
        Index("ix_suspensions_contract_id", "contract_id"),
        Index("ix_suspensions_notice_id", "notice_id"),
        Index("ix_suspensions_customer_id_suspended_at", "customer_id", "suspended_at"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    notice_id: Mapped[int]
    suspended_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    release_reason: Mapped[ReleaseReason | None]

    notice: Mapped[OverdueNotice] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: OverdueNotice.id == foreign(Suspension.notice_id),
        viewonly=True,
    )


class OverdueNight(Base):
    """A day on which all subscriptions were looked at. One a day; begun again, it looks again."""

    __tablename__ = "overdue_nights"
    __table_args__ = (UniqueConstraint("day"),)

    id: Mapped[int] = id_column()
    day: Mapped[date]
    started_at: Mapped[datetime]


class OverdueChunk(Base):
    """Part of a night that is done at once or not at all, and what came of it in numbers."""

    __tablename__ = "overdue_chunks"
    __table_args__ = (
        CheckConstraint("cardinality(subscription_ids) > 0", name="of_some"),
        CheckConstraint(
            "num_nonnulls(done_at, changed, noticed, suspended, released) IN (0, 5)", name="done_says_what"
        ),
        Index("ix_overdue_chunks_night_id", "night_id"),
    )

    id: Mapped[int] = id_column()
    night_id: Mapped[int] = mapped_column(ForeignKey("overdue_nights.id"))
    subscription_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    done_at: Mapped[datetime | None]
    changed: Mapped[int | None]
    noticed: Mapped[int | None]
    suspended: Mapped[int | None]
    released: Mapped[int | None]
