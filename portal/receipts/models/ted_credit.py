"""TEDs that reached an account of ours, each once, whoever tells of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.shared.db import Base, id_column


class TedCredit(Base):
    """The `ordinal`-th TED of an amount that came in on a day: one row for one TED, whoever tells of it.

    `text` is what it was marked with. The bank's notice, its statement and a person at finance each name it
    at most once; `transfer_id` is what finance confirms or confirmed, `payment_id` what was booked of it,
    once. One that `doubts_id` may be the same as another, which a person confirmed: nothing is booked before
    somebody says so (`is_same`). Triggers keep what was said, and let no payment by TED be without its row
    (S2).
    """

    __tablename__ = "ted_credits"
    __table_args__ = (
        UniqueConstraint("credited_on", "amount_cents", "ordinal"),
        UniqueConstraint("notice_reference"),
        UniqueConstraint("statement_reference"),
        UniqueConstraint("transfer_id"),
        UniqueConstraint("payment_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("ordinal >= 1", name="counted_from_one"),
        CheckConstraint(
            "num_nonnulls(notice_reference, statement_reference, transfer_id) >= 1", name="told_by_somebody"
        ),
        CheckConstraint(
            "num_nonnulls(is_same, decided_by_id, decided_at) IN (0, 3)"
            " AND (is_same IS NULL OR doubts_id IS NOT NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint(
            "doubts_id IS NULL OR is_same IS FALSE OR num_nonnulls(transfer_id, payment_id) = 0",
            name="doubted_is_not_booked",
        ),
        Index("uq_ted_credits_same_once", "doubts_id", unique=True, postgresql_where=text("is_same")),
        Index("ix_ted_credits_doubts_id", "doubts_id", postgresql_where=text("doubts_id IS NOT NULL")),
    )

    id: Mapped[int] = id_column()
    credited_on: Mapped[date]
    amount_cents: Mapped[int]
    ordinal: Mapped[int]
    payer_name: Mapped[str] = mapped_column(default="")
    payer_document: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    notice_reference: Mapped[str | None]
    statement_reference: Mapped[str | None]
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("ted_transfers.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    doubts_id: Mapped[int | None] = mapped_column(ForeignKey("ted_credits.id"))
    is_same: Mapped[bool | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    told_at: Mapped[datetime]

    transfer: Mapped[TedTransfer | None] = relationship(lazy="raise_on_sql")
    payment: Mapped[Payment | None] = relationship(lazy="raise_on_sql")
    doubts: Mapped["TedCredit | None"] = relationship(lazy="raise_on_sql", remote_side="TedCredit.id")

    @property
    def name(self) -> str:
        """What the bank calls it; "" while only a person told of it."""
        return self.notice_reference or self.statement_reference or ""
