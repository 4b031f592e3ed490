"""Tables of the settings room."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class Setting(Base):
    """A number an admin changed; one without a row has its default (see `rules.py`).

    A change that loosens a guard of money is `pending` until another admin agrees.
    """

    __tablename__ = "settings"

    id: Mapped[int] = id_column()
    name: Mapped[str] = mapped_column(unique=True)
    value: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_by_name: Mapped[str]
    pending_value: Mapped[int | None]
    pending_at: Mapped[datetime | None]
    pending_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    pending_by_name: Mapped[str] = mapped_column(default="")
