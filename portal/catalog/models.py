"""Tables of the catalog room."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.shared.db import Base, id_column
from portal.users.models import User


class PublishedPriceList(Base):
    """A price list as it was imported. Triggers refuse to change or remove it."""

    __tablename__ = "price_lists"

    id: Mapped[int] = id_column()
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    valid_from: Mapped[date] = mapped_column(unique=True)
    content: Mapped[str]
    sha256: Mapped[str]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    published_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
