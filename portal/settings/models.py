"""Tables of the settings room."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.settings.rules.late_terms import LAWFUL_FEE, LAWFUL_INTEREST, LateTerms
from portal.shared.db import Base, id_column

LATE_RATES_LAWFUL = "late_fee_basis_points BETWEEN 0 AND 200 AND late_interest_basis_points BETWEEN 0 AND 100"


class HasLateTerms:
    """What was agreed when the row was made, whatever becomes of the settings; triggers keep it so."""

    late_fee_basis_points: Mapped[int] = mapped_column(default=LAWFUL_FEE)
    late_interest_basis_points: Mapped[int] = mapped_column(default=LAWFUL_INTEREST)
    charges_first: Mapped[bool] = mapped_column(default=False)

    @property
    def late_terms(self) -> LateTerms:
        """What lateness costs, and what a payment pays first."""
        return LateTerms(self.late_fee_basis_points, self.late_interest_basis_points, self.charges_first)


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
