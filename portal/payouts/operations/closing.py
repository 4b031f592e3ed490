"""Closing a month: a lot for each partner, in chunks of partners, each made at once or not at all."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from portal.partners.models import Partner
from portal.payouts.models import Payout, PayoutClosing
from portal.payouts.rules import (
    CLOSE_PAYOUTS,
    DUE_HOUR,
    PAY_WITHIN_BUSINESS_DAYS,
    MonthNotOver,
    is_over,
    month_label,
    task_key,
)
from portal.shared import audit, queue
from portal.shared.auth import Actor, Role
from portal.shared.brazil import add_business_days, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

PARTNERS_AT_ONCE = 50

# One statement, so that the lots and their lines are of one and the same moment. What is due is everything
# of the month or before it that stands in no lot: a share that accrued late waits for the next one. A lot
# of a later month, or of this one, is there to stay: its partner is passed by.
_CLOSE = text("""
WITH chunk AS (
    SELECT partner.id, last.id AS last_id, last.total_cents AS last_total
    FROM partners AS partner
    LEFT JOIN LATERAL (
        SELECT id, month, total_cents FROM payouts WHERE partner_id = partner.id ORDER BY month DESC LIMIT 1
    ) AS last ON true
    WHERE partner.id > :after AND partner.id <= :until AND (last.month IS NULL OR last.month < :month)
), due AS (
    SELECT accrual.partner_id, 'accrual' AS kind, accrual.id AS accrual_id, NULL::bigint AS reversal_id,
        accrual.repasse_cents AS cents
    FROM repasse_accruals AS accrual
    WHERE accrual.partner_id IN (SELECT id FROM chunk) AND accrual.month <= :month
        AND NOT EXISTS (SELECT FROM payout_lines WHERE payout_lines.accrual_id = accrual.id)
    UNION ALL
    SELECT reversal.partner_id, 'reversal', NULL, reversal.id, reversal.repasse_cents
    FROM repasse_reversals AS reversal
    WHERE reversal.partner_id IN (SELECT id FROM chunk) AND reversal.month <= :month
        AND NOT EXISTS (SELECT FROM payout_lines WHERE payout_lines.reversal_id = reversal.id)
), carried AS (
    SELECT chunk.id AS partner_id, chunk.last_id, chunk.last_total AS cents
    FROM chunk WHERE chunk.last_total < 0
), sums AS (
    SELECT partner_id, count(*) AS lines,
        coalesce(sum(cents) FILTER (WHERE kind = 'accrual'), 0)::bigint AS accrued,
        coalesce(sum(cents) FILTER (WHERE kind = 'reversal'), 0)::bigint AS reversed
    FROM due GROUP BY partner_id
), lots AS (
    INSERT INTO payouts (closing_id, partner_id, month, previous_id, opening_cents, accrued_cents,
        reversed_cents, total_cents, line_count, closed_at, closed_by_id)
    SELECT :closing_id, sums.partner_id, :month, carried.last_id, coalesce(carried.cents, 0),
        accrued, reversed, coalesce(carried.cents, 0) + accrued + reversed,
        sums.lines + CASE WHEN carried.last_id IS NULL THEN 0 ELSE 1 END, :now, :closed_by_id
    FROM sums LEFT JOIN carried USING (partner_id)
    ORDER BY sums.partner_id
    RETURNING id, partner_id, opening_cents
)
INSERT INTO payout_lines (payout_id, partner_id, kind, accrual_id, reversal_id, amount_cents)
SELECT lots.id, lots.partner_id, line.kind, line.accrual_id, line.reversal_id, line.cents
FROM lots JOIN (
    SELECT partner_id, kind, accrual_id, reversal_id, cents, 1 AS place FROM due
    UNION ALL
    SELECT partner_id, 'balance', NULL, NULL, cents, 0 FROM carried
) AS line USING (partner_id)
ORDER BY lots.id, line.place, line.accrual_id, line.reversal_id
""")


def ask_to_close(session: Session, *, month: date, actor: Actor, now: datetime) -> None:
    """Have the queue close a month for all partners; asked while it does, nothing.

    Asked again later, only those are closed that have no lot yet.

    Raises:
        MonthNotOver: the month still goes on.
    """
    if not is_over(month, today=day_of(now)):
        raise MonthNotOver(month)
    asked = insert(PayoutClosing).values(month=month, asked_at=now, asked_by_id=actor.user_id)
    once = asked.on_conflict_do_nothing(index_elements=["month"], index_where=text("done_at IS NULL"))
    closing_id = session.scalar(once.returning(PayoutClosing.id))
    if closing_id is None:  # somebody asked already, and the queue is at it
        return
    closing = session.get_one(PayoutClosing, closing_id)
    audit.record(
        session,
        action="payouts_closed",
        summary=f"Fechamento do repasse de {month_label(month)}",
        subject=closing,
        actor=actor,
        now=now,
    )
    queue.enqueue(session, CLOSE_PAYOUTS, subject_id=closing.id, now=now)


def close_chunk(session: Session, closing_id: int, /, *, now: datetime) -> None:
    """Close the next partners of a closing, and ask for those after them. Done again, it goes on."""
    closing = session.get_one(PayoutClosing, closing_id, with_for_update=True)
    if closing.done_at is not None:
        return
    next_ids = session.scalars(
        select(Partner.id)
        .where(Partner.id > closing.closed_until_id)
        .order_by(Partner.id)
        .limit(PARTNERS_AT_ONCE)
        .with_for_update(key_share=True)
    ).all()
    is_last = len(next_ids) < PARTNERS_AT_ONCE
    until = next_ids[-1] if next_ids else closing.closed_until_id
    session.execute(
        _CLOSE,
        {
            "after": closing.closed_until_id,
            "until": until,
            "month": closing.month,
            "closing_id": closing.id,
            "now": now,
            "closed_by_id": closing.asked_by_id,
        },
    )
    _ask_to_pay(session, closing, partner_ids=next_ids, now=now)
    closing.closed_until_id = until
    if is_last:
        closing.done_at = now
        return
    session.flush()
    queue.enqueue(session, CLOSE_PAYOUTS, subject_id=closing.id, now=now)


def _ask_to_pay(
    session: Session, closing: PayoutClosing, *, partner_ids: Sequence[int], now: datetime
) -> None:
    """A task of finance for each lot of these partners that has something to pay."""
    lots = session.scalars(
        select(Payout)
        .where(Payout.closing_id == closing.id, Payout.partner_id.in_(partner_ids), Payout.total_cents > 0)
        .options(joinedload(Payout.partner))
        .order_by(Payout.id)
    )
    due_on = add_business_days(day_of(now), PAY_WITHIN_BUSINESS_DAYS)
    for lot in lots.all():
        open_task(
            session,
            key=task_key(lot.id),
            kind=TaskKind.PAY_REPASSE,
            team=Role.FINANCE,
            title=f"Pagar {format_money(lot.total_cents)} a {lot.partner.trade_name}, {lot.label}",
            subject=lot,
            due_at=at_sao_paulo(due_on, DUE_HOUR),
            now=now,
        )
