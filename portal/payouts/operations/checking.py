"""Comparing a partner's own list with a statement, and deciding about what differs."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.payouts.models import Divergence, Payout, PayoutCheck
from portal.payouts.rules import (
    DUE_HOUR,
    REVIEW_WITHIN_BUSINESS_DAYS,
    TOLERANCE_CENTS,
    AlreadyDecided,
    DivergenceDecision,
    review_key,
)
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import add_business_days
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

# The sums by invoice of both sides, next to each other. Figures that were known keep their row, and with it
# what was decided about them.
_COMPARE = text("""
WITH ours AS (
    SELECT invoice.number, min(invoice.id) AS invoice_id, sum(line.amount_cents)::bigint AS cents
    FROM payout_lines AS line
    LEFT JOIN repasse_reversals AS reversal ON reversal.id = line.reversal_id
    JOIN repasse_accruals AS accrual ON accrual.id = coalesce(line.accrual_id, reversal.accrual_id)
    JOIN invoices AS invoice ON invoice.id = accrual.invoice_id
    WHERE line.payout_id = :payout_id
    GROUP BY invoice.number
), theirs AS (
    SELECT * FROM unnest(CAST(:numbers AS bigint[]), CAST(:cents AS bigint[])) AS row (number, cents)
)
INSERT INTO payout_divergences (payout_id, partner_id, last_check_id, kind, invoice_number, invoice_id,
    ours_cents, theirs_cents, note)
SELECT :payout_id, :partner_id, :check_id,
    CASE WHEN ours.number IS NULL THEN 'not_ours' WHEN theirs.number IS NULL THEN 'not_theirs'
        ELSE 'amount' END,
    coalesce(ours.number, theirs.number), ours.invoice_id, ours.cents, theirs.cents, ''
FROM ours FULL JOIN theirs ON theirs.number = ours.number
WHERE ours.number IS NULL OR theirs.number IS NULL OR abs(ours.cents - theirs.cents) > :tolerance
ORDER BY coalesce(ours.number, theirs.number)
ON CONFLICT (payout_id, invoice_number, COALESCE(ours_cents, -9223372036854775808),
    COALESCE(theirs_cents, -9223372036854775808))
    DO UPDATE SET last_check_id = excluded.last_check_id
""")


def check_statement(
    session: Session,
    *,
    payout: Payout,
    file_name: str,
    cents_by_invoice: Mapping[int, int],
    actor: Actor,
    now: datetime,
) -> PayoutCheck:
    """Compare a partner's list, as centavos by invoice number, with a lot; what differs becomes a work list.

    A centavo more or less is no difference. Nothing of the lot changes.
    """
    check = PayoutCheck(
        payout_id=payout.id,
        partner_id=payout.partner_id,
        file_name=file_name,
        row_count=len(cents_by_invoice),
        uploaded_at=now,
        uploaded_by_id=actor.user_id,
    )
    session.add(check)
    session.flush()
    session.execute(
        _COMPARE,
        {
            "payout_id": payout.id,
            "partner_id": payout.partner_id,
            "check_id": check.id,
            "numbers": list(cents_by_invoice),
            "cents": list(cents_by_invoice.values()),
            "tolerance": TOLERANCE_CENTS,
        },
    )
    return check


def decide_divergence(
    session: Session,
    *,
    divergence: Divergence,
    decision: DivergenceDecision,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Say, once, that the statement is right, or have finance look at it (a task of theirs).

    Raises:
        AlreadyDecided: somebody did before.
    """
    session.refresh(divergence, ["decided_at"], with_for_update=True)
    if divergence.decided_at is not None:
        raise AlreadyDecided
    divergence.decision, divergence.note = decision, note
    divergence.decided_at, divergence.decided_by_id = now, actor.user_id
    label = f"fatura {divergence.invoice_number:06d}, {divergence.payout.label}"
    audit.record(
        session,
        action="divergence_decided",
        summary=f"Divergência de repasse da {label}: {decision.label}",
        subject=divergence,
        reason=note,
        actor=actor,
        now=now,
    )
    if decision is DivergenceDecision.REVIEW:
        due_on = add_business_days(day_of(now), REVIEW_WITHIN_BUSINESS_DAYS)
        open_task(
            session,
            key=review_key(divergence.id),
            kind=TaskKind.REVIEW_REPASSE,
            team=Role.FINANCE,
            title=f"Rever o repasse da {label}",
            detail=note,
            subject=divergence,
            due_at=at_sao_paulo(due_on, DUE_HOUR),
            actor=actor,
            now=now,
        )
