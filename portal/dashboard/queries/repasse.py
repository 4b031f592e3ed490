"""The repasse to expect in the months to come, from what customers accepted.

Each accepted quote pays by its frozen terms: its months in so many equal payments, the first in the month
of its activation, and again for each following term, renewed at the same price. The database adds up
quotes that pay in the same rhythm, so that the answer costs the same number of statements and little
arithmetic however many there are. When contracts exist they will know better; until then this is it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Integer, case, cast, func, select
from sqlalchemy.orm import Session

from calculator import equal_parts, month_number
from portal.dashboard.queries.results import WON
from portal.partners.queries.actors import visible_to
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.clock import day_of

MONTHS_AHEAD = 12
ACCEPTED_WITHIN = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class MonthlyRepasse:
    """The first day of a month, and centavos."""

    month: date
    cents: int


class Rhythm(NamedTuple):
    """Quotes that pay alike: since a month ("2026-06"), for terms of `months`, in so many payments.

    `monthly_cents` is their repasse of a month, `setup_cents` what the first payment brings beside it.
    """

    since: str
    months: int
    payments: int
    monthly_cents: int
    setup_cents: int


def expected_repasse(
    session: Session, *, actor: Actor, owner_id: int | None, now: datetime
) -> list[MonthlyRepasse]:
    """This month and the eleven after it. Of quotes accepted in the last 12 months. One statement."""
    first = month_number(day_of(now))
    totals = dict.fromkeys(range(first, first + MONTHS_AHEAD), 0)
    for rhythm in _rhythms(session, actor, owner_id, now):
        for month, cents in _payments(rhythm, until=first + MONTHS_AHEAD):
            if month in totals:
                totals[month] += cents
    return [MonthlyRepasse(_first_day(month), cents) for month, cents in totals.items()]


def _rhythms(session: Session, actor: Actor, owner_id: int | None, now: datetime) -> list[Rhythm]:
    # JSON keeps money as text with two decimals: without the point it is centavos.
    setup = func.replace(QuoteVersion.breakdown["setup"]["repasse"].as_string(), ".", "")
    month = func.substr(QuoteVersion.selection["on"].as_string(), 1, 7).label("since")
    still_to_come = month >= f"{day_of(now):%Y-%m}"
    has_setup = QuoteVersion.setup_cents.is_not(None)
    accepted = select(
        month,
        QuoteVersion.months,
        QuoteVersion.installments,
        QuoteVersion.repasse_cents,
        case((has_setup & still_to_come, cast(setup, Integer)), else_=0).label("setup_cents"),
    ).where(
        QuoteVersion.is_live,
        QuoteVersion.state.in_(WON),
        visible_to(actor, QuoteVersion.partner_id),
        QuoteVersion.changed_at > now - ACCEPTED_WITHIN,
    )
    if owner_id is not None:
        accepted = accepted.where(QuoteVersion.owner_id == owner_id)
    each = accepted.subquery().c
    rhythm = (each.since, each.months, each.installments)
    rows = session.execute(
        select(*rhythm, func.sum(each.repasse_cents), func.sum(each.setup_cents)).group_by(*rhythm)
    )
    return [
        Rhythm(month, months, parts, int(total), int(setup)) for month, months, parts, total, setup in rows
    ]


def _payments(rhythm: Rhythm, *, until: int) -> Iterator[tuple[int, int]]:
    """(month, centavos) of every payment before a month."""
    start = month_number(date.fromisoformat(f"{rhythm.since}-01"))
    parts = equal_parts(rhythm.monthly_cents * rhythm.months, rhythm.payments)
    yield start, rhythm.setup_cents
    for term in range(start, until, rhythm.months):
        for index, cents in enumerate(parts):
            yield term + index, cents


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
