"""One writer at a time for each proposal.

A proposal with its quotes, versions and approvals moves as one thing: accepting an alternative voids
the others, deciding an approval moves a version. So whoever changes any of them first takes the
customer's log, as everything about a customer does (docs/decisions/0009-locks.md), then the proposal's row
(`SELECT … FOR UPDATE`), and then reads afresh. The second of two finds what the first one did and is told.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.quotes.models import Proposal, Quote, QuoteVersion
from portal.shared import audit


def lock_proposals(session: Session, proposal_ids: Iterable[int]) -> None:
    """Take these proposals and before them their customers' logs, always in the same order."""
    ids = sorted(set(proposal_ids))
    owners = session.scalars(select(Proposal.customer_id).where(Proposal.id.in_(ids)))
    for customer_id in sorted(set(owners)):
        audit.lock_stream(session, customer_id=customer_id)
    for proposal_id in ids:
        session.execute(select(Proposal.id).where(Proposal.id == proposal_id).with_for_update())


def locked_live_version(session: Session, quote: Quote) -> QuoteVersion:
    """The live version of a quote, read after its proposal was taken."""
    return next(
        version for version in locked_alternatives(session, quote.proposal_id) if version.quote_id == quote.id
    )


def locked_alternatives(session: Session, proposal_id: int) -> list[QuoteVersion]:
    """The live versions of a proposal's alternatives in order, read after the proposal was taken."""
    lock_proposals(session, [proposal_id])
    return list(
        session.scalars(
            select(QuoteVersion)
            .join(Quote, Quote.id == QuoteVersion.quote_id)
            .where(Quote.proposal_id == proposal_id, QuoteVersion.is_live)
            .options(
                joinedload(QuoteVersion.quote).joinedload(Quote.proposal),
                joinedload(QuoteVersion.quote).joinedload(Quote.owner),
                joinedload(QuoteVersion.customer),
            )
            .order_by(Quote.alternative)
            .execution_options(populate_existing=True)
        )
    )
