"""What came in by day and way, as sums that are kept beside the payments."""

from datetime import date

from sqlalchemy.orm import Mapped

from portal.receipts.rules.receiving import PaymentSource
from portal.shared.db import Base, id_column


class IncomeSum(Base):
    """How many payments in reais came in on a day of São Paulo, and centavos; several rows a day add up.

    What was sent back is left out. Kept as `OpenSum` is.
    """

    __tablename__ = "income_sums"

    id: Mapped[int] = id_column()
    paid_on: Mapped[date]
    source: Mapped[PaymentSource]
    count: Mapped[int]
    amount_cents: Mapped[int]
