"""Reads of what campaigns did."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.contracts.models import Contract
from portal.customers.queries.reading import matching
from portal.readjustments.models import Readjustment, ReadjustmentCampaign
from portal.readjustments.rules.campaigns import Outcome
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all

EXPORT_LIMIT = 50_000
READJUSTMENT_LIST = ListSpec(
    sorts={
        "antes": Readjustment.before_cents,
        "depois": Readjustment.after_cents,
        "vence": Readjustment.due_on,
    },
    default="-depois",
    filters={"mes": None, "resultado": Outcome},
)


def find_campaign(session: Session, month: date) -> ReadjustmentCampaign | None:
    """The campaign of a month with who released it; None before it is released."""
    return session.scalar(
        select(ReadjustmentCampaign)
        .where(ReadjustmentCampaign.month == month)
        .options(joinedload(ReadjustmentCampaign.released_by))
    )


def list_released_months(session: Session) -> list[date]:
    """The months that have a campaign, the newest first."""
    month = ReadjustmentCampaign.month
    return list(session.scalars(select(month).order_by(month.desc())))


def sums_of_campaign(session: Session, campaign: ReadjustmentCampaign) -> list[tuple[Outcome, int, int, int]]:
    """How many contracts of each outcome, and what they pay a month before and after."""
    row = Readjustment
    statement = select(row.outcome, func.count(), func.sum(row.before_cents), func.sum(row.after_cents))
    found = session.execute(statement.where(row.campaign_id == campaign.id).group_by(row.outcome))
    return [(outcome, count, int(before), int(after)) for outcome, count, before, after in found]


def list_readjustments(session: Session, request: ListRequest, *, month: date) -> Page[Readjustment]:
    """What a month's campaign did with each contract, with contract, customer and partner."""
    return paginate(session, _of_month(request, month), request)


def list_for_export(request: ListRequest, *, month: date) -> Iterator[Readjustment]:
    """The whole list as filtered and sorted, read while a file is sent."""
    yield from read_all(request.ordered(_of_month(request, month)).limit(EXPORT_LIMIT))


def _of_month(request: ListRequest, month: date) -> Select[Readjustment]:
    statement = (
        select(Readjustment)
        .join(Readjustment.campaign)
        .join(Readjustment.contract)
        .join(Contract.customer)
        .options(
            contains_eager(Readjustment.contract).contains_eager(Contract.customer),
            joinedload(Readjustment.partner),
        )
        .where(ReadjustmentCampaign.month == month)
    )
    if outcome := request.filter("resultado"):
        statement = statement.where(Readjustment.outcome == Outcome(outcome))
    if request.search:
        statement = statement.where(matching(request.search))
    return statement
