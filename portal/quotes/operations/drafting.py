"""Writing quotes: a new one with the rows it begins with, its draft, its next version."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import Selection
from portal.catalog import queries as catalog
from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.quotes.models import Proposal, Quote, QuoteVersion
from portal.quotes.operations.locking import locked_alternatives, locked_live_version
from portal.quotes.operations.log import log_event
from portal.quotes.operations.pricing import reprice, reprice_older, selection_of, todays_list_id
from portal.quotes.rules.refusals import PriceListChanged, SavedElsewhere
from portal.quotes.rules.states import (
    QuoteState,
    has_expired,
    prices_stand_until,
    require_draft,
    require_revisable,
)
from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.auth import Actor, Permission
from portal.shared.clock import day_of
from portal.shared.refusals import Forbidden, Missing


def create_quote(
    session: Session,
    *,
    customer: Customer,
    selection: Selection,
    price_list_id: int,
    actor: Actor,
    now: datetime,
    creation_key: str | None = None,
) -> Quote:
    """A new proposal with one quote, whose first version is a draft.

    `price_list_id` is the list the reseller saw; tier and arrangement are the partner's, whatever the
    selection says. `creation_key` names the form it comes from; the database takes each but once
    (see `queries.find_created_quote`).

    Raises:
        PriceListChanged: that list is not today's: nobody gets a price they did not see, nor an old one.
        SelectionRejected: the selection cannot be priced.
    """
    partner = writing_partner(session, actor, customer.partner_id)
    today = day_of(now)
    current = catalog.price_list_on(session, today)
    if current is not None and current.id != price_list_id:
        raise PriceListChanged(valid_from=current.valid_from)
    proposal = add_proposal(session, customer, actor, now)
    quote = add_quote(session, proposal, actor=actor, now=now, creation_key=creation_key)
    version = first_version(session, quote, actor, now)
    reprice(session, version, selection=selection, price_list_id=price_list_id, partner=partner, today=today)
    session.add(version)
    log_event(session, version, "quote_created", "Orçamento {label} criado", actor=actor, now=now)
    return quote


def save_draft(
    session: Session,
    *,
    version: QuoteVersion,
    selection: Selection,
    lock_version: int,
    actor: Actor,
    now: datetime,
) -> QuoteVersion:
    """Price the draft anew with the list the quote was made with, or today's once its prices no longer stand.

    `lock_version` is the version's when the form was opened.

    Raises:
        SavedElsewhere: another tab or person saved in between, and when.
        NotPossibleNow: it is no draft any more.
        SelectionRejected: the selection cannot be priced; nothing is stored.
    """
    partner = writing_partner(session, actor, version.partner_id)
    version = _same_live_version(session, version)
    require_draft(version.state)
    if version.lock_version != lock_version:
        raise SavedElsewhere(at=version.changed_at)
    _renew_prices(session, version, today=day_of(now))
    reprice(
        session,
        version,
        selection=selection,
        price_list_id=version.price_list_id,
        partner=partner,
        today=day_of(now),
    )
    version.changed_at, version.changed_by_id = now, actor.user_id
    session.flush()
    return version


def revise_quote(session: Session, *, quote: Quote, actor: Actor, now: datetime) -> QuoteVersion:
    """The next version, a draft with the selection of the live one, which stays as it is for the history.

    A version that was sent can no longer be accepted: the customer is asked to wait for the new one.

    Raises:
        NotPossibleNow: it is a draft already, pending, or answered for good.
        NoLongerFits: its prices no longer stand and today's list does not take the selection.
    """
    writing_partner(session, actor, quote.partner_id)
    version = locked_live_version(session, quote)
    require_revisable(version.state)
    return next_draft(session, version, actor=actor, now=now)


def next_draft(session: Session, version: QuoteVersion, *, actor: Actor, now: datetime) -> QuoteVersion:
    """Supersede a live version, already locked, by a draft with the same selection."""
    draft = supersede(session, version, state=QuoteState.DRAFT, actor=actor, now=now)
    draft.price_list_id, draft.expires_on = version.price_list_id, version.expires_on
    _renew_prices(session, draft, today=day_of(now))
    reprice_older(
        session,
        draft,
        selection=selection_of(version),
        price_list_id=draft.price_list_id,
        partner=partner_of(session, version.partner_id),
        today=day_of(now),
    )
    session.add(draft)
    log_event(
        session,
        draft,
        "quote_revised",
        "Versão {version} do orçamento {label} iniciada",
        actor=actor,
        now=now,
    )
    return draft


def supersede(
    session: Session, version: QuoteVersion, *, state: QuoteState, actor: Actor, now: datetime
) -> QuoteVersion:
    """A following version, not yet priced nor in the session; the old one is live no more."""
    version.is_live = False
    session.flush()  # one live version at a time: the old one steps back first
    return QuoteVersion(
        quote=version.quote,
        quote_id=version.quote_id,
        partner_id=version.partner_id,
        customer_id=version.customer_id,
        owner_id=version.owner_id,
        number=version.number + 1,
        is_live=True,
        state=state,
        created_at=now,
        created_by_id=actor.user_id,
        changed_at=now,
    )


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


def writing_partner(session: Session, actor: Actor, partner_id: int) -> Partner:
    """The partner the actor writes quotes for.

    Raises:
        Missing: it is another partner's row.
        Forbidden: the actor's role writes no quotes.
    """
    if not actor.can(Permission.WRITE_QUOTES):
        raise Forbidden
    if actor.partner_id != partner_id:
        raise Missing
    return partner_of(session, partner_id)


def partner_of(session: Session, partner_id: int) -> Partner:
    """The partner of a row."""
    return session.get_one(Partner, partner_id)


def _renew_prices(session: Session, draft: QuoteVersion, *, today: date) -> None:
    """Give a draft whose prices no longer stand today's list, and a new last day."""
    if has_expired(draft.expires_on, today):
        draft.price_list_id = todays_list_id(session, today)
        draft.expires_on = prices_stand_for(session, today)


def _same_live_version(session: Session, version: QuoteVersion) -> QuoteVersion:
    proposal_id = session.scalar(select(Quote.proposal_id).where(Quote.id == version.quote_id))
    assert proposal_id is not None  # noqa: S101 - a foreign key says so
    live = next(
        each for each in locked_alternatives(session, proposal_id) if each.quote_id == version.quote_id
    )
    if live.id != version.id:
        raise SavedElsewhere(at=live.created_at)
    return live
