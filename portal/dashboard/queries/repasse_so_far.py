"""The repasse a partner has so far: by month, and its newest statement."""

from datetime import date

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from portal.dashboard.rules import months_until
from portal.partners.queries.actors import visible_to
from portal.payouts.models import RepasseReversal, RepasseSum
from portal.shared.auth import Actor

MONTHS_BACK = 12


def repasse_by_month(session: Session, *, actor: Actor, today: date) -> list[tuple[date, int]]:
    """The last twelve months, this one last, each with what accrued less what was taken back, in centavos.

    What accrued is read from what is kept by partner and month.
    """
    months = months_until(today, count=MONTHS_BACK)
    each = union_all(
        *(
            select(table.month, table.repasse_cents).where(
                visible_to(actor, table.partner_id), table.month >= months[0]
            )
            for table in (RepasseSum, RepasseReversal)
        )
    ).subquery()
    sums = session.execute(select(each.c.month, func.sum(each.c.repasse_cents)).group_by(each.c.month))
    found = {month: int(cents) for month, cents in sums}
    return [(month, found.get(month, 0)) for month in months]
