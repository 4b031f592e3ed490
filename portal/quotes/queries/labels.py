"""The number of a quote, which depends on how many alternatives stand beside it."""

from functools import cache

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from portal.quotes.models import Quote
from portal.quotes.rules.labels import quote_label


def label_of(session: Session, quote: Quote) -> str:
    """The number people call this quote by."""
    alternatives = session.scalar(
        select(func.count()).select_from(Quote).where(Quote.proposal_id == quote.proposal_id)
    )
    return quote_label(quote.proposal_id, quote.alternative, alternatives=alternatives or 1)


@cache
def alternatives_beside() -> ScalarSelect[int]:
    """For a statement over quotes: how many alternatives the proposal of each has."""
    beside = aliased(Quote)
    return (
        select(func.count())
        .select_from(beside)
        .where(beside.proposal_id == Quote.proposal_id)
        .correlate(Quote)
        .scalar_subquery()
    )
