"""A month's campaign is released: who is readjusted is settled at once, and prices follow chunk by chunk."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import cast, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.orm import Session

from calculator import IndexMonthMissingError, day_in_month, twelve_month_index
from portal.readjustments.models import Readjustment, ReadjustmentCampaign
from portal.readjustments.queries.candidates import candidates
from portal.readjustments.queries.index import monthly_index
from portal.readjustments.rules.campaigns import (
    WRITE_READJUSTMENTS,
    NotYet,
    Outcome,
    index_month_of,
    require_month,
)
from portal.readjustments.rules.index import percent_text
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.queue import enqueue_all

AT_ONCE = 200
COLUMNS = (
    "contract_id", "partner_id", "customer_id", "counted_from", "number", "due_on", "outcome", "before_cents",
    "after_cents", "before_repasse_cents",
)  # fmt: skip


def index_for(session: Session, month: date) -> int:
    """The index by which a month's campaign readjusts, in hundredths of a percent.

    Raises:
        NotYet: a month of it is not stored.
    """
    try:
        return twelve_month_index(monthly_index(session), last_month=index_month_of(month))
    except IndexMonthMissingError as missing:
        raise NotYet(f"{missing} Importe o mês antes de liberar.") from None


def release_campaign(session: Session, *, month: date, actor: Actor, now: datetime) -> ReadjustmentCampaign:
    """Settle what becomes of every contract of a month, and have prices, letters and tasks written.

    Once a month: asked again, by anybody, the campaign that is there.

    Raises:
        NotYet: the index is not known, or the month is not one of those to come.
    """
    require_month(month, day_of(now))
    basis_points = index_for(session, month)
    values = {
        "month": month,
        "last_index_month": day_in_month(index_month_of(month), 1),
        "basis_points": basis_points,
        "released_at": now,
        "released_by_id": actor.user_id,
    }
    once = insert_or_not(ReadjustmentCampaign).values(values).on_conflict_do_nothing(index_elements=["month"])
    campaign_id = session.scalar(once.returning(ReadjustmentCampaign.id))
    if campaign_id is not None:
        _settle(session, campaign_id, month, basis_points)
        _have_written(session, campaign_id, now=now)
    campaign = session.scalars(select(ReadjustmentCampaign).where(ReadjustmentCampaign.month == month)).one()
    if campaign_id is not None:
        summary = f"Reajuste de {month:%m/%Y} liberado com o índice de {percent_text(basis_points)}"
        audit.record(
            session, action="readjustment_released", summary=summary, subject=campaign, actor=actor, now=now
        )
    return campaign


def _settle(session: Session, campaign_id: int, month: date, basis_points: int) -> None:
    found = candidates(month, basis_points).subquery()
    columns = [found.c[name] for name in COLUMNS]
    rows = select(
        cast(campaign_id, Readjustment.campaign_id.type).label("campaign_id"),
        *columns,
        cast("", Readjustment.withdrawn_reason.type).label("withdrawn_reason"),
    ).order_by(found.c.contract_id)
    session.execute(
        insert(Readjustment).from_select(
            ["campaign_id", *COLUMNS, "withdrawn_reason"], rows, include_defaults=False
        )
    )


def _have_written(session: Session, campaign_id: int, *, now: datetime) -> None:
    ids: Sequence[int] = session.scalars(
        select(Readjustment.id)
        .where(Readjustment.campaign_id == campaign_id, Readjustment.outcome == Outcome.READJUSTED)
        .order_by(Readjustment.id)
    ).all()
    firsts = [each for place, each in enumerate(ids) if place % AT_ONCE == 0]
    if firsts:
        enqueue_all(session, WRITE_READJUSTMENTS, subject_ids=firsts, now=now)
