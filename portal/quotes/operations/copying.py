"""Quotes made from quotes: copies, and alternatives side by side in one proposal."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from calculator import Selection
from portal.partners.models import Partner
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.drafting import add_proposal, add_quote, first_version, writing_partner
from portal.quotes.operations.locking import locked_alternatives, locked_live_version
from portal.quotes.operations.log import log_event
from portal.quotes.operations.pricing import reprice_older, selection_of, todays_list_id
from portal.quotes.rules.labels import term_label
from portal.quotes.rules.refusals import TooManyAlternatives
from portal.quotes.rules.states import NotPossibleNow, QuoteState
from portal.shared.auth import Actor
from portal.shared.clock import day_of

MAX_ALTERNATIVES = 5
PRESSED_TWICE = timedelta(minutes=1)


def clone_quote(session: Session, *, quote: Quote, actor: Actor, now: datetime) -> Quote:
    """A new proposal for the same customer with the same selection, priced with today's list.

    Pressed twice, it gives the same copy.

    Raises:
        NoLongerFits: today's list does not take the selection, and why.
    """
    partner = writing_partner(session, actor, quote.partner_id)
    source = locked_live_version(session, quote)
    made = _just_made(session, Quote.cloned_from_id == quote.id, actor=actor, now=now)
    if made is not None:
        return made
    copy = add_quote(
        session,
        add_proposal(session, source.customer, actor, now),
        actor=actor,
        now=now,
        cloned_from_id=quote.id,
    )
    _price_with_todays_list(session, copy, selection_of(source), partner=partner, actor=actor, now=now)
    return copy


def add_alternative(session: Session, *, quote: Quote, term: str, actor: Actor, now: datetime) -> Quote:
    """Another quote of the same proposal: the same selection for another term, at Original prices.

    A discount belongs to the term it was negotiated for, so the monthly price starts from the Original.
    Pressed twice, it gives the same alternative.

    Raises:
        TooManyAlternatives: a proposal has five at most.
        NotPossibleNow: the customer accepted one already.
        NoLongerFits: today's list does not take the selection, and why.
    """
    partner = writing_partner(session, actor, quote.partner_id)
    alternatives = locked_alternatives(session, quote.proposal_id)
    source = next(version for version in alternatives if version.quote_id == quote.id)
    same = (Quote.proposal_id == quote.proposal_id) & (Quote.id != quote.id) & (QuoteVersion.term == term)
    made = _just_made(session, same, actor=actor, now=now)
    if made is not None:
        return made
    if any(version.state in (QuoteState.ACCEPTED, QuoteState.CONTRACTED) for version in alternatives):
        raise NotPossibleNow(
            "O cliente já aceitou uma alternativa desta proposta. Faça uma cópia do orçamento."
        )
    if sum(version.state is not QuoteState.VOIDED for version in alternatives) >= MAX_ALTERNATIVES:
        raise TooManyAlternatives(MAX_ALTERNATIVES)
    selection = replace(
        selection_of(source), term=term, negotiated_total=None, negotiated_lines=None, installments=1
    )
    alternative = add_quote(
        session, source.quote.proposal, actor=actor, now=now, number=_next_alternative(session, quote)
    )
    _price_with_todays_list(session, alternative, selection, partner=partner, actor=actor, now=now)
    return alternative


def _just_made(
    session: Session, condition: ColumnElement[bool], *, actor: Actor, now: datetime
) -> Quote | None:
    """The quote that the first of two clicks made, as long as nobody has touched it."""
    return session.scalar(
        select(Quote)
        .join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
        .where(
            condition,
            Quote.owner_id == actor.user_id,
            Quote.created_at > now - PRESSED_TWICE,
            QuoteVersion.is_live,
            QuoteVersion.lock_version == 1,
        )
        .order_by(Quote.id.desc())
        .limit(1)
    )


def _price_with_todays_list(
    session: Session, quote: Quote, selection: Selection, *, partner: Partner, actor: Actor, now: datetime
) -> None:
    version = first_version(session, quote, actor, now)
    today = day_of(now)
    reprice_older(
        session,
        version,
        selection=selection,
        price_list_id=todays_list_id(session, today),
        partner=partner,
        today=today,
    )
    session.add(version)
    summary = "Orçamento {label} criado: " + term_label(version.term)
    log_event(session, version, "quote_created", summary, actor=actor, now=now)


def _next_alternative(session: Session, quote: Quote) -> int:
    last = session.scalar(select(func.max(Quote.alternative)).where(Quote.proposal_id == quote.proposal_id))
    return (last or 0) + 1
