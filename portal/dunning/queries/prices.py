"""Reads of what messages cost."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from portal.dunning.models import DunningMessage, DunningPrice, DunningRun
from portal.dunning.rules.prices import DEFAULTS, Cost, PriceSort, price_of_category
from portal.dunning.rules.ways import REMINDER
from portal.whatsapp.models import WhatsAppMessage


def prices_on(session: Session, day: date) -> Mapping[PriceSort, int]:
    """What one message of each sort costs on a day, in ten-thousandths of a real."""
    newest = (
        select(DunningPrice.sort, DunningPrice.ten_thousandths)
        .where(DunningPrice.from_on <= day)
        .ext(distinct_on(DunningPrice.sort))
        .order_by(DunningPrice.sort, DunningPrice.from_on.desc())
    )
    return {**DEFAULTS, **{row.sort: row.ten_thousandths for row in session.execute(newest)}}


def list_prices(session: Session) -> Sequence[DunningPrice]:
    """Every price that somebody set, by sort, the latest first."""
    return session.scalars(
        select(DunningPrice)
        .options(joinedload(DunningPrice.made_by))
        .order_by(DunningPrice.sort, DunningPrice.from_on.desc())
    ).all()


def billed_of(session: Session, run: DunningRun, prices: Mapping[PriceSort, int]) -> Cost:
    """What WhatsApp says it bills of a run: how many messages, and what they cost at these prices."""
    rows = session.execute(
        select(WhatsAppMessage.category, func.count().label("many"))
        .join(DunningMessage, DunningMessage.id == WhatsAppMessage.subject_id)
        .where(
            WhatsAppMessage.kind == REMINDER,
            WhatsAppMessage.is_billable.is_(True),
            DunningMessage.run_id == run.id,
        )
        .group_by(WhatsAppMessage.category)
    ).all()
    return Cost(
        sum(row.many for row in rows),
        sum(row.many * price_of_category(row.category, prices) for row in rows),
    )
