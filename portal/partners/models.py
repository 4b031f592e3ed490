"""Tables of the partners room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.shared.brazil import folded
from portal.shared.db import Base, id_column
from portal.users.models import User


class Partner(Base):
    """A reseller (hiperador). Its tier gives the discount it may grant alone."""

    __tablename__ = "partners"
    __table_args__ = (
        CheckConstraint(
            "substitute_id IS NULL OR substitute_id <> account_manager_id", name="substitute_is_another"
        ),
        Index("ix_partners_account_manager_id", "account_manager_id"),
        Index("ix_partners_substitute_id", "substitute_id"),
    )

    id: Mapped[int] = id_column()
    document: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    trade_name: Mapped[str]
    tier: Mapped[str]
    arrangement: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    account_manager_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(default=1)
    search_text: Mapped[str]

    account_manager: Mapped[User] = relationship(foreign_keys=account_manager_id, lazy="raise_on_sql")
    substitute: Mapped[User | None] = relationship(foreign_keys=substitute_id, lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it so

    @property
    def partner_id(self) -> int:
        """Whose log tells of it, as of its people: its own."""
        return self.id

    @validates("document", "name", "trade_name")
    def _keep_search_text(self, attribute: str, value: str) -> str:
        words = {"trade_name": self.trade_name, "name": self.name, "document": self.document}
        self.search_text = folded(" ".join(str(word) for word in (words | {attribute: value}).values()))
        return value
