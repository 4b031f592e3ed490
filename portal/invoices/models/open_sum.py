"""What is open by due day, as sums that are kept beside the invoices."""

from datetime import date

from sqlalchemy.orm import Mapped

from portal.shared.db import Base, id_column


class OpenSum(Base):
    """How many open invoices fall due on a day and what of them is open, in centavos; rows of a day add up.

    Triggers write a row for each statement that changes invoices, so that nobody waits for anybody; a job
    makes one of many (`fold_sums`), and the nightly check compares them with the invoices.
    """

    __tablename__ = "open_sums"

    id: Mapped[int] = id_column()
    due_on: Mapped[date]
    count: Mapped[int]
    open_cents: Mapped[int]
