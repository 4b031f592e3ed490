"""Accounts at banks that collect for us."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class BankAccount(Base):
    """An account with its agreement. What names it never changes: its boletos and files are known by it.

    `series` names its boletos' numbers. At most one is the default of each way to be paid; a closed one is
    none, and is still told of by the bank.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (
        UniqueConstraint("bank", "branch", "account", "agreement"),
        CheckConstraint("bank IN ('001', '033', '237', '341')", name="known_bank"),
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("first_number >= 1 AND last_number >= first_number", name="numbers_forward"),
        CheckConstraint("NOT is_pix_default OR pix_key <> ''", name="pix_has_a_key"),
        CheckConstraint(
            "closed_at IS NULL OR NOT (is_boleto_default OR is_pix_default OR is_ted_default)",
            name="closed_is_no_default",
        ),
        *(
            Index(
                f"uq_bank_accounts_{way}_default",
                f"is_{way}_default",
                unique=True,
                postgresql_where=text(f"is_{way}_default"),
            )
            for way in ("boleto", "pix", "ted")
        ),
    )

    id: Mapped[int] = id_column()
    series: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    bank: Mapped[str]
    branch: Mapped[str]
    account: Mapped[str]
    account_digit: Mapped[str]
    wallet: Mapped[str]
    agreement: Mapped[str]
    variation: Mapped[str]
    transmission: Mapped[str]
    pix_key: Mapped[str]
    first_number: Mapped[int]
    last_number: Mapped[int]
    is_boleto_default: Mapped[bool] = mapped_column(default=False)
    is_pix_default: Mapped[bool] = mapped_column(default=False)
    is_ted_default: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - as SQLAlchemy wants it
