"""What the partners of a page did lately: the newest 1.000 quotes of each, all in one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.dashboard.queries.results import ENDED, WON
from portal.dashboard.rules import share_basis_points
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.lists import COUNT_LIMIT, ListRequest, ListSpec, Page, paginate

PERIODS = {"30": "30 dias", "90": "90 dias"}
DEFAULT_PERIOD = "30"
PARTNERS_PER_PAGE = 10
PARTNER_LIST = ListSpec(
    sorts={"parceiro": Partner.trade_name}, default="parceiro", filters={"periodo": PERIODS}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerActivity:
    """A partner's quotes that moved in the period, the newest 1.000 at most (`quotes` is then 1.000).

    `last_at` is when any of its quotes moved last, also before the period. The discount is the average
    of those sent.
    """

    partner: Partner
    quotes: int = 0
    sent: int = 0
    accepted: int = 0
    conversion_basis_points: int | None = None
    discount_basis_points: int | None = None
    last_at: datetime | None = None

    @property
    def is_partial(self) -> bool:
        """Whether more moved than were looked at."""
        return self.quotes >= COUNT_LIMIT


def list_partner_activity(
    session: Session, *, actor: Actor, request: ListRequest, now: datetime
) -> Page[PartnerActivity]:
    """A page of the active partners this person sees, with what they did. Three statements."""
    statement = select(Partner).where(visible_to(actor, Partner.id), Partner.disabled_at.is_(None))
    page = paginate(session, statement, request, per_page=PARTNERS_PER_PAGE)
    since = now - timedelta(days=int(request.filter("periodo") or DEFAULT_PERIOD))
    known = _activities(session, page.items, since) if page.items else {}
    return page.showing({partner: known[partner.id] for partner in page.items})


def _activities(session: Session, partners: list[Partner], since: datetime) -> dict[int, PartnerActivity]:
    by_id = {partner.id: partner for partner in partners}
    return {
        row.partner_id: PartnerActivity(
            partner=by_id[row.partner_id],
            quotes=row.quotes,
            sent=row.sent or 0,
            accepted=row.accepted or 0,
            conversion_basis_points=share_basis_points(row.accepted or 0, row.ended or 0),
            discount_basis_points=row.discount,
            last_at=row.last_at,
        )
        for row in session.execute(_figures(list(by_id), since))
    }


def _figures(partner_ids: list[int], since: datetime) -> CompoundSelect[Any]:
    return union_all(*(_figures_of(partner_id, since) for partner_id in partner_ids))


def _figures_of(partner_id: int, since: datetime) -> Select[*tuple[Any, ...]]:
    moved = (QuoteVersion.partner_id == partner_id) & QuoteVersion.is_live
    newest = (
        select(QuoteVersion.state, QuoteVersion.sent_at, QuoteVersion.discount_basis_points)
        .where(moved, QuoteVersion.changed_at > since)
        .order_by(QuoteVersion.changed_at.desc())
        .limit(COUNT_LIMIT)
        .subquery()
    ).c
    was_sent = newest.sent_at > since
    last_at = select(func.max(QuoteVersion.changed_at)).where(moved).scalar_subquery()
    return select(
        literal(partner_id).label("partner_id"),
        func.count(newest.state).label("quotes"),
        func.sum(case((was_sent, 1), else_=0)).label("sent"),
        func.sum(case((newest.state.in_(WON), 1), else_=0)).label("accepted"),
        func.sum(case((newest.state.in_(ENDED), 1), else_=0)).label("ended"),
        cast(func.round(func.avg(case((was_sent, newest.discount_basis_points)))), Integer).label("discount"),
        last_at.label("last_at"),
    )
