"""What is due of a month and stands in no lot yet, partner by partner; and how a closing comes on."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.partners.queries.searching import all_words
from portal.payouts.models import Payout, PayoutClosing, PayoutLine, RepasseAccrual, RepasseReversal
from portal.shared.lists import ListRequest, ListSpec, Page, paginate

DUE_LIST = ListSpec(sorts={"parceiro": Partner.trade_name}, default="parceiro", filters={"mes": None})
PARTNERS_PER_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePartner:
    """What closing the month would give a partner, in centavos. `lot` is there when it is closed already.

    `opening_cents` is what the lot before it left below zero.
    """

    partner: Partner
    opening_cents: int
    accrued_cents: int
    reversed_cents: int
    lines: int
    lot: Payout | None

    @property
    def total_cents(self) -> int:
        """What the lot would come to."""
        return self.opening_cents + self.accrued_cents + self.reversed_cents


def list_due(session: Session, request: ListRequest, *, month: date) -> Page[DuePartner]:
    """A page of partners with what waits for the closing of a month, or their lot of it. Five statements."""
    statement = select(Partner)
    if request.search:
        statement = statement.where(all_words(Partner.search_text, request.search))
    page = paginate(session, statement, request, per_page=PARTNERS_PER_PAGE)
    ids = [partner.id for partner in page.items]
    sums = {row.partner_id: row for row in session.execute(_due(ids, month))} if ids else {}
    lots = _lots(session, ids, month)
    before = _last_before(session, ids, month)
    return page.showing(
        {
            partner: DuePartner(
                partner=partner,
                opening_cents=min(before.get(partner.id, 0), 0),
                accrued_cents=int(row.accrued) if (row := sums.get(partner.id)) else 0,
                reversed_cents=int(row.reversed) if row else 0,
                lines=row.lines if row else 0,
                lot=lots.get(partner.id),
            )
            for partner in page.items
        }
    )


def find_last_closing(session: Session, month: date) -> PayoutClosing | None:
    """The newest closing of a month."""
    return session.scalar(
        select(PayoutClosing).where(PayoutClosing.month == month).order_by(PayoutClosing.id.desc()).limit(1)
    )


def count_partners_closed(session: Session, closing: PayoutClosing) -> tuple[int, int]:
    """How many partners a closing has gone through, of how many."""
    done, all_ = session.execute(
        select(func.count(Partner.id).filter(Partner.id <= closing.closed_until_id), func.count(Partner.id))
    ).one()
    return done, all_


def _due(partner_ids: list[int], month: date) -> Select[int, int, int, int]:
    in_lot = select(PayoutLine.id)
    accrued = select(
        RepasseAccrual.partner_id, RepasseAccrual.repasse_cents.label("cents"), literal(0).label("taken")
    ).where(
        RepasseAccrual.partner_id.in_(partner_ids),
        RepasseAccrual.month <= month,
        ~in_lot.where(PayoutLine.accrual_id == RepasseAccrual.id).exists(),
    )
    taken = select(RepasseReversal.partner_id, literal(0), RepasseReversal.repasse_cents).where(
        RepasseReversal.partner_id.in_(partner_ids),
        RepasseReversal.month <= month,
        ~in_lot.where(PayoutLine.reversal_id == RepasseReversal.id).exists(),
    )
    each = union_all(accrued, taken).subquery().c
    return select(
        each.partner_id,
        func.sum(each.cents).label("accrued"),
        func.sum(each.taken).label("reversed"),
        func.count().label("lines"),
    ).group_by(each.partner_id)


def _lots(session: Session, partner_ids: list[int], month: date) -> dict[int, Payout]:
    found = session.scalars(select(Payout).where(Payout.partner_id.in_(partner_ids), Payout.month == month))
    return {lot.partner_id: lot for lot in found}


def _last_before(session: Session, partner_ids: list[int], month: date) -> dict[int, int]:
    newest = (
        select(Payout.partner_id, func.max(Payout.month).label("month"))
        .where(Payout.partner_id.in_(partner_ids), Payout.month < month)
        .group_by(Payout.partner_id)
        .subquery()
    )
    is_newest = (Payout.partner_id == newest.c.partner_id) & (Payout.month == newest.c.month)
    rows = session.execute(select(Payout.partner_id, Payout.total_cents).join(newest, is_newest))
    return {row.partner_id: row.total_cents for row in rows}
