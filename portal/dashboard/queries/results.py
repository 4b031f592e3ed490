"""How quotes ended lately: conversion and average discount."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, case, cast, func, select
from sqlalchemy.orm import Session

from portal.dashboard.rules import share_basis_points
from portal.partners.queries.actors import visible_to
from portal.quotes.models import QuoteVersion
from portal.quotes.rules.states import QuoteState
from portal.shared.auth import Actor
from portal.shared.lists import COUNT_LIMIT

WINDOW_DAYS = 90
WON = (QuoteState.ACCEPTED, QuoteState.CONTRACTED)
ENDED = (*WON, QuoteState.DECLINED, QuoteState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Quotes that were answered or expired in the last 90 days, the newest 1.000 at most.

    The discount is that of the accepted ones; both figures are None when there is nothing to divide.
    """

    ended: int
    accepted: int
    discount_basis_points: int | None

    @property
    def conversion_basis_points(self) -> int | None:
        """Accepted of those that ended."""
        return share_basis_points(self.accepted, self.ended)

    @property
    def is_partial(self) -> bool:
        """Whether there were more than were looked at."""
        return self.ended >= COUNT_LIMIT


def recent_results(session: Session, *, actor: Actor, owner_id: int | None, now: datetime) -> Results:
    """The results of one owner, or of all the person sees. One statement."""
    newest = (
        select(QuoteVersion.state, QuoteVersion.discount_basis_points)
        .where(
            QuoteVersion.is_live,
            visible_to(actor, QuoteVersion.partner_id),
            QuoteVersion.changed_at > now - timedelta(days=WINDOW_DAYS),
            QuoteVersion.state.in_(ENDED),
        )
        .order_by(QuoteVersion.changed_at.desc())
        .limit(COUNT_LIMIT)
    )
    if owner_id is not None:
        newest = newest.where(QuoteVersion.owner_id == owner_id)
    looked_at = newest.subquery()
    won = looked_at.c.state.in_(WON)
    discount = func.avg(case((won, looked_at.c.discount_basis_points)))
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((won, 1), else_=0)), 0),
            cast(func.round(discount), Integer),
        ).select_from(looked_at)
    ).one()
    return Results(ended=row[0], accepted=row[1], discount_basis_points=row[2])
