"""Keys by which others ask."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.shared.db import Base, id_column
from portal.users.models import User


class AccessKey(Base):
    """A key by which one product asks whether its service is released; kept as its hash, never removed.

    `plan` is the product, by its code in the price lists; `ending` the last signs of the key, to know it by.
    `asked_in_minute` counts what was asked in `minute`. Triggers keep what it was made with and revoked is
    for good.
    """

    __tablename__ = "access_keys"
    __table_args__ = (
        CheckConstraint("plan <> '' AND plan_name <> '' AND name <> ''", name="of_a_product"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"),
        CheckConstraint("asked_in_minute >= 0", name="counts_up"),
    )

    id: Mapped[int] = id_column()
    plan: Mapped[str]
    plan_name: Mapped[str]
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    ending: Mapped[str]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime | None]
    minute: Mapped[datetime | None]
    asked_in_minute: Mapped[int] = mapped_column(default=0)

    created_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=created_by_id)
