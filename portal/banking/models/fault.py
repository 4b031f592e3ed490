"""What is wrong with a damaged return, and who let it pass."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.banking.models.bank_file import BankFile
from portal.shared.db import Base, id_column
from portal.users.models import User


class BankFileFault(Base):
    """A fault of one line. `content` is the line as it stands in the file, without its end.

    Waived, with a reason, it no longer keeps the file from being read; that is never taken back.
    """

    __tablename__ = "bank_file_faults"
    __table_args__ = (
        UniqueConstraint("file_id", "line", "said"),
        CheckConstraint(
            "num_nonnulls(waived_at, waived_by_id, nullif(reason, '')) IN (0, 3)", name="waived_with_a_reason"
        ),
    )

    id: Mapped[int] = id_column()
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_files.id"))
    line: Mapped[int]
    said: Mapped[str]
    content: Mapped[str]
    waived_at: Mapped[datetime | None]
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(default="")

    file: Mapped[BankFile] = relationship(lazy="raise_on_sql")
    waived_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
