"""The rows every new quote begins with."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.quotes.models import Proposal, Quote, QuoteVersion
from portal.quotes.rules.states import QuoteState
from portal.quotes.rules.validity import prices_stand_until
from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.auth import Actor
from portal.shared.clock import day_of


def add_proposal(session: Session, customer: Customer, actor: Actor, now: datetime) -> Proposal:
    """A proposal with nothing in it yet."""
    proposal = Proposal(
        partner_id=customer.partner_id, customer_id=customer.id, created_at=now, created_by_id=actor.user_id
    )
    session.add(proposal)
    session.flush()
    return proposal


def add_quote(
    session: Session,
    proposal: Proposal,
    *,
    actor: Actor,
    now: datetime,
    number: int = 1,
    cloned_from_id: int | None = None,
    creation_key: str | None = None,
) -> Quote:
    """A quote without a version yet, owned by the actor."""
    quote = Quote(
        proposal=proposal,
        proposal_id=proposal.id,
        partner_id=proposal.partner_id,
        customer_id=proposal.customer_id,
        owner_id=actor.user_id,
        alternative=number,
        cloned_from_id=cloned_from_id,
        creation_key=creation_key,
        created_at=now,
    )
    session.add(quote)
    session.flush()
    return quote


def first_version(session: Session, quote: Quote, actor: Actor, now: datetime) -> QuoteVersion:
    """Version 1 of a quote, a draft, not yet priced nor in the session."""
    return QuoteVersion(
        quote=quote,
        quote_id=quote.id,
        partner_id=quote.partner_id,
        customer_id=quote.customer_id,
        owner_id=quote.owner_id,
        number=1,
        state=QuoteState.DRAFT,
        created_at=now,
        created_by_id=actor.user_id,
        changed_at=now,
        expires_on=prices_stand_for(session, day_of(now)),
    )


def prices_stand_for(session: Session, today: date) -> date:
    """The last day on which prices given today stand."""
    return prices_stand_until(today, settings.value(session, Name.QUOTE_VALID_DAYS))
