"""What accrued by partner and month, as sums that are kept beside the accruals."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class RepasseSum(Base):
    """The waterfall of a partner's month in centavos; several rows a month add up. Kept as `OpenSum` is."""

    __tablename__ = "repasse_sums"
    __table_args__ = (
        Index("ix_repasse_sums_partner_id_month", "partner_id", "month"),
        Index("ix_repasse_sums_month", "month"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    month: Mapped[date]
    paid_cents: Mapped[int]
    cost_cents: Mapped[int]
    central_fee_cents: Mapped[int]
    vendor_share_cents: Mapped[int]
    repasse_cents: Mapped[int]
