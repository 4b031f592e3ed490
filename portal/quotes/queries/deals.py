"""The deals of a quote that somebody agreed to."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from calculator import Breakdown, breakdown_from_json
from portal.quotes.models import QuoteVersion
from portal.quotes.rules.deals import AgreedDeal, Deal
from portal.quotes.rules.states import QuoteState

DEAL_COLUMNS = (
    QuoteVersion.approval_id,
    QuoteVersion.price_list_id,
    QuoteVersion.arrangement,
    QuoteVersion.breakdown,
)
# A draft may show an approved price, but it was only carried over to it: nobody agreed to the draft.
WAS_AGREED = QuoteVersion.approved_cents.is_not(None) & (QuoteVersion.state != QuoteState.DRAFT)


def agreed_deals(session: Session, quote_id: int) -> list[AgreedDeal]:
    """The versions of a quote that were approved, the latest first."""
    rows = session.execute(
        select(*DEAL_COLUMNS)
        .where(QuoteVersion.quote_id == quote_id, WAS_AGREED)
        .order_by(QuoteVersion.number.desc())
    )
    return deals_of_rows(rows.all())


def deals_of_rows(rows: Sequence[Row[Any]]) -> list[AgreedDeal]:
    """The deals of rows of `DEAL_COLUMNS`."""
    return [
        AgreedDeal(
            approval_id=row.approval_id,
            deal=deal_of(
                breakdown_from_json(row.breakdown),
                price_list_id=row.price_list_id,
                arrangement=row.arrangement,
            ),
        )
        for row in rows
    ]


def deal_of(breakdown: Breakdown, *, price_list_id: int, arrangement: str) -> Deal:
    """What of a breakdown decides whether an approval covers it."""
    monthly, setup = breakdown.monthly, breakdown.setup
    return Deal(
        price_list_id=price_list_id,
        arrangement=arrangement,
        term=breakdown.term.code,
        units={line.code: line.quantity for line in breakdown.lines},
        original_cents=monthly.original_cents,
        negotiated_cents=monthly.negotiated_cents,
        setup_original_cents=setup.original_cents if setup else None,
        setup_cents=setup.negotiated_cents if setup else None,
        setup_free_cents=setup.free_down_to_cents if setup else None,
    )
