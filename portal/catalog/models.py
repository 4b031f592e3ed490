"""Tables of the catalog room."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalog.rules import FirstPeriodPolicy
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


class PlanPolicy(Base):
    """How an admin wants the first period of a plan charged; a plan without a row has the default."""

    __tablename__ = "plan_policies"

    id: Mapped[int] = id_column()
    plan: Mapped[str] = mapped_column(unique=True)
    first_period: Mapped[FirstPeriodPolicy]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_by_name: Mapped[str]
