"""Files exchanged with the bank, as they were."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from portal.banking.models.account import BankAccount
from portal.banking.rules.bank_files import BankFileKind, BankFileState
from portal.shared.db import Base, id_column
from portal.users.models import User


class BankFile(Base):
    """A remittance we made or a return we read, of one account. The same content is the same file.

    `number` counts an account's remittances; `results` says line by line what was or will be done.
    `created_by` is None for what the bank sent by itself, `sent_by` for what a job put into its folder.
    """

    __tablename__ = "bank_files"
    __table_args__ = (
        UniqueConstraint("kind", "sha256"),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("(kind = 'remittance') = (state IN ('made', 'sent'))", name="state_of_kind"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at_some_time"),
        CheckConstraint("(kind = 'remittance') = (number IS NOT NULL)", name="remittances_count"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied_at_some_time"),
        Index("ix_bank_files_created_at", "created_at"),
    )

    id: Mapped[int] = id_column()
    kind: Mapped[BankFileKind]
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    number: Mapped[int | None]
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    state: Mapped[BankFileState]
    results: Mapped[list[Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    account: Mapped[BankAccount] = relationship(lazy="raise_on_sql")
    created_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[created_by_id])
    applied_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[applied_by_id])
    sent_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[sent_by_id])


class BankNotice(Base):
    """What the bank told us by itself, word for word. Told again it is the same notice (S1)."""

    __tablename__ = "bank_notices"
    __table_args__ = (Index("ix_bank_notices_received_at", "received_at"),)

    id: Mapped[int] = id_column()
    sha256: Mapped[str] = mapped_column(unique=True)
    is_file: Mapped[bool]
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
