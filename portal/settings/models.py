"""Tables of the settings room."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class Setting(Base):
    """A number an admin changed; one without a row has its default (see `rules.py`)."""

    __tablename__ = "settings"

    id: Mapped[int] = id_column()
    name: Mapped[str] = mapped_column(unique=True)
    value: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_by_name: Mapped[str]
