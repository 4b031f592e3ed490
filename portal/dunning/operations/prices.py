"""A new price, from a day on."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.dunning.models import DunningPrice
from portal.dunning.rules.prices import PastPrice, PriceSort, PriceThere, in_reais, is_from_now_on
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of


def set_price(
    session: Session,
    *,
    sort: PriceSort,
    from_on: date,
    ten_thousandths: int,
    actor: Actor,
    now: datetime,
) -> DunningPrice:
    """What one message of a sort costs from a day on. The same once more is the one that is there.

    Raises:
        PastPrice: the day is past.
        PriceThere: another price holds from that day on.
    """
    if not is_from_now_on(from_on, today=day_of(now)):
        raise PastPrice
    audit.lock_streams(session, [])  # of two at once, the second finds the first
    known = session.scalar(
        select(DunningPrice).where(DunningPrice.sort == sort, DunningPrice.from_on == from_on)
    )
    if known is not None:
        if known.ten_thousandths == ten_thousandths:
            return known
        raise PriceThere
    row = DunningPrice(
        sort=sort,
        from_on=from_on,
        ten_thousandths=ten_thousandths,
        made_at=now,
        made_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    summary = f"Preço de {sort.label}: {in_reais(ten_thousandths)} a partir de {format_date(from_on)}"
    audit.record(session, action="dunning_price_set", summary=summary, subject=row, actor=actor, now=now)
    return row
