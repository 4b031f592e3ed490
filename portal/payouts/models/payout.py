"""Lots of repasse: what a partner is owed for a month, line by line, and that it was paid."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    exists,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from portal.partners.models import Partner
from portal.payouts.models.accrual import RepasseAccrual, RepasseReversal
from portal.payouts.rules import LineKind, PayoutState, month_label, state_of
from portal.shared.db import Base, id_column
from portal.users.models import User


class PayoutClosing(Base):
    """That finance had a month closed; one of a month is under way at a time.

    Its partners are closed in chunks, in order of their ids.
    `closed_until_id` is the partner the last chunk ended with; it moves in the chunk's own transaction.
    """

    __tablename__ = "payout_closings"
    __table_args__ = (
        CheckConstraint("EXTRACT(DAY FROM month) = 1", name="of_a_month"),
        Index("ix_payout_closings_month", "month"),
        Index("uq_payout_closings_under_way", "month", unique=True, postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[int] = id_column()
    month: Mapped[date]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    closed_until_id: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]

    asked_by: Mapped[User] = relationship(lazy="raise_on_sql")


class Payout(Base):
    """A partner's lot of a month, one each: its statement. Never changed (triggers).

    `total_cents` is what was carried over (`opening_cents`, never positive, of the lot `previous_id`), what
    accrued and what was taken back. What is negative is not paid but carried over to the next lot. Its lines
    add up to it: a trigger compares them.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        ForeignKeyConstraint(["previous_id", "partner_id"], ["payouts.id", "payouts.partner_id"]),
        UniqueConstraint("partner_id", "month"),
        UniqueConstraint("previous_id"),
        UniqueConstraint("id", "partner_id"),
        UniqueConstraint("id", "partner_id", "total_cents"),
        CheckConstraint("EXTRACT(DAY FROM month) = 1", name="of_a_month"),
        CheckConstraint("total_cents = opening_cents + accrued_cents + reversed_cents", name="adds_up"),
        CheckConstraint(
            "opening_cents <= 0 AND (previous_id IS NULL) = (opening_cents = 0)", name="carries_a_debt"
        ),
        CheckConstraint("line_count >= 1", name="has_lines"),
        Index("ix_payouts_month", "month"),
    )

    id: Mapped[int] = id_column()
    closing_id: Mapped[int] = mapped_column(ForeignKey("payout_closings.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    month: Mapped[date]
    previous_id: Mapped[int | None]
    opening_cents: Mapped[int]
    accrued_cents: Mapped[int]
    reversed_cents: Mapped[int]
    total_cents: Mapped[int]
    line_count: Mapped[int]
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    closed_by: Mapped[User] = relationship(lazy="raise_on_sql")
    previous: Mapped["Payout | None"] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: foreign(Payout.previous_id) == remote(Payout.id),
        viewonly=True,
    )
    transfer: Mapped["PayoutTransfer | None"] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: and_(Payout.id == foreign(PayoutTransfer.payout_id), PayoutTransfer.stands()),
        uselist=False,
        viewonly=True,
    )

    @property
    def label(self) -> str:
        """How people call it: "extrato de junho de 2026"."""
        return f"extrato de {month_label(self.month)}"

    @property
    def state(self) -> PayoutState:
        """What is to be done about it, or was; its transfer must be loaded."""
        return state_of(self.total_cents, is_paid=self.transfer is not None)


class PayoutLine(Base):
    """One line of a lot: a share that accrued, one that was taken back, or a balance carried over.

    An accrual or reversal stands in one lot at most, of its own partner. Append-only.
    """

    __tablename__ = "payout_lines"
    __table_args__ = (
        ForeignKeyConstraint(["payout_id", "partner_id"], ["payouts.id", "payouts.partner_id"]),
        ForeignKeyConstraint(
            ["accrual_id", "partner_id"], ["repasse_accruals.id", "repasse_accruals.partner_id"]
        ),
        ForeignKeyConstraint(
            ["reversal_id", "partner_id"], ["repasse_reversals.id", "repasse_reversals.partner_id"]
        ),
        UniqueConstraint("accrual_id"),
        UniqueConstraint("reversal_id"),
        CheckConstraint(
            "(kind = 'accrual') = (accrual_id IS NOT NULL)"
            " AND (kind = 'reversal') = (reversal_id IS NOT NULL)",
            name="of_one_thing",
        ),
        CheckConstraint("kind <> 'balance' OR amount_cents < 0", name="balance_is_a_debt"),
        Index("uq_payout_lines_balance", "payout_id", unique=True, postgresql_where=text("kind = 'balance'")),
        Index("ix_payout_lines_payout_id", "payout_id", "id"),
    )

    id: Mapped[int] = id_column()
    payout_id: Mapped[int]
    partner_id: Mapped[int]
    kind: Mapped[LineKind]
    accrual_id: Mapped[int | None]
    reversal_id: Mapped[int | None]
    amount_cents: Mapped[int]

    accrual: Mapped[RepasseAccrual | None] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: RepasseAccrual.id == foreign(PayoutLine.accrual_id),
        viewonly=True,
    )
    reversal: Mapped[RepasseReversal | None] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: RepasseReversal.id == foreign(PayoutLine.reversal_id),
        viewonly=True,
    )


class PayoutTransfer(Base):
    """That a lot was paid: when, to which account, under which reference, written down by whom. Append-only.

    The amount is the lot's total: a foreign key says so. One written down wrongly is undone, and the lot paid
    again by the next `attempt`; a trigger lets one stand at a time.
    """

    __tablename__ = "payout_transfers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["payout_id", "partner_id", "amount_cents"],
            ["payouts.id", "payouts.partner_id", "payouts.total_cents"],
        ),
        UniqueConstraint("payout_id", "attempt"),
        UniqueConstraint("id", "payout_id", "partner_id"),
        CheckConstraint("attempt >= 1", name="counted"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "bank <> '' AND branch <> '' AND account <> '' AND reference <> ''", name="says_where_to"
        ),
        Index("ix_payout_transfers_partner_id_id", "partner_id", "id"),
    )

    id: Mapped[int] = id_column()
    payout_id: Mapped[int]
    partner_id: Mapped[int]
    amount_cents: Mapped[int]
    paid_on: Mapped[date]
    bank: Mapped[str]
    branch: Mapped[str]
    account: Mapped[str]
    reference: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    attempt: Mapped[int]

    recorded_by: Mapped[User] = relationship(lazy="raise_on_sql")

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """Whether the present one was not undone."""
        return ~exists().where(PayoutUndoing.transfer_id == cls.id)


class PayoutUndoing(Base):
    """That a payment of a lot was written down wrongly: why, by whom. Append-only; one of a payment."""

    __tablename__ = "payout_undoings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transfer_id", "payout_id", "partner_id"],
            ["payout_transfers.id", "payout_transfers.payout_id", "payout_transfers.partner_id"],
        ),
        UniqueConstraint("transfer_id"),
        CheckConstraint("reason <> ''", name="says_why"),
        Index("ix_payout_undoings_payout_id", "payout_id"),
    )

    id: Mapped[int] = id_column()
    transfer_id: Mapped[int]
    payout_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    reason: Mapped[str]
    undone_at: Mapped[datetime]
    undone_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    transfer: Mapped[PayoutTransfer] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: PayoutTransfer.id == foreign(PayoutUndoing.transfer_id),
        viewonly=True,
    )
    undone_by: Mapped[User] = relationship(lazy="raise_on_sql")
