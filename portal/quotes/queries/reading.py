"""Reading one quote with everything its page shows. Foreign rows are missing (invariant A1)."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.partners.queries.actors import visible_to
from portal.quotes.models import Approval, ProposalView, Quote, QuoteVersion
from portal.shared.auth import Actor
from portal.shared.refusals import Missing
from portal.users.models import User


def get_quote(session: Session, quote_id: int, *, actor: Actor) -> Quote:
    """A quote with its proposal, owner, customer, and the customer's partner and signatory.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    quote = session.scalar(
        select(Quote)
        .where(Quote.id == quote_id, visible_to(actor, Quote.partner_id))
        .options(
            joinedload(Quote.proposal),
            joinedload(Quote.owner),
            joinedload(Quote.customer).joinedload(Customer.partner),
            joinedload(Quote.customer).joinedload(Customer.signatory),
        )
    )
    if quote is None:
        raise Missing
    return quote


def find_created_quote(session: Session, creation_key: str, *, actor: Actor) -> Quote | None:
    """The quote that a form already made, None when it made none."""
    return session.scalar(
        select(Quote).where(Quote.creation_key == creation_key, Quote.partner_id == actor.partner_id)
    )


def get_live_version(session: Session, quote_id: int, *, actor: Actor) -> QuoteVersion:
    """The version of a quote that counts, loaded as `get_version` loads. Raises `Missing`."""
    return _one(session, _versions(actor).where(QuoteVersion.quote_id == quote_id, QuoteVersion.is_live))


def get_version(session: Session, quote_id: int, number: int, *, actor: Actor) -> QuoteVersion:
    """A version by its number, with quote, proposal, owner, customer, partner, signatory and approval.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    return _one(
        session, _versions(actor).where(QuoteVersion.quote_id == quote_id, QuoteVersion.number == number)
    )


def who_changed(session: Session, version: QuoteVersion) -> str:
    """The name of the person who saved the version last."""
    return session.scalars(
        select(User.name).where(User.id == (version.changed_by_id or version.created_by_id))
    ).one()


def list_versions(session: Session, quote_id: int, *, actor: Actor) -> list[QuoteVersion]:
    """Every version of a quote, the newest first."""
    statement = _versions(actor).where(QuoteVersion.quote_id == quote_id)
    return list(session.scalars(statement.order_by(QuoteVersion.number.desc())))


def list_alternatives(session: Session, proposal_id: int, *, actor: Actor) -> list[QuoteVersion]:
    """The live versions of all alternatives of a proposal, in order, for side by side."""
    statement = _versions(actor).join(Quote, Quote.id == QuoteVersion.quote_id)
    statement = statement.where(Quote.proposal_id == proposal_id, QuoteVersion.is_live)
    return list(session.scalars(statement.order_by(Quote.alternative)))


def list_approvals(session: Session, quote_id: int, *, actor: Actor) -> list[Approval]:
    """Every request about a quote with who asked and who answered, the newest first."""
    return list(
        session.scalars(
            select(Approval)
            .where(Approval.quote_id == quote_id, visible_to(actor, Approval.partner_id))
            .options(joinedload(Approval.requested_by), joinedload(Approval.decided_by))
            .order_by(Approval.id.desc())
        )
    )


def list_views(
    session: Session, proposal_id: int, *, actor: Actor, limit: int = 20
) -> Sequence[ProposalView]:
    """When the customer opened the proposal, the newest first."""
    return session.scalars(
        select(ProposalView)
        .where(ProposalView.proposal_id == proposal_id, visible_to(actor, ProposalView.partner_id))
        .order_by(ProposalView.at.desc(), ProposalView.id.desc())
        .limit(limit)
    ).all()


def _versions(actor: Actor) -> Select[QuoteVersion]:
    return (
        select(QuoteVersion)
        .where(visible_to(actor, QuoteVersion.partner_id))
        .options(
            joinedload(QuoteVersion.quote).joinedload(Quote.proposal),
            joinedload(QuoteVersion.quote).joinedload(Quote.owner),
            joinedload(QuoteVersion.customer).joinedload(Customer.partner),
            joinedload(QuoteVersion.customer).joinedload(Customer.signatory),
            joinedload(QuoteVersion.approval).joinedload(Approval.decided_by),
        )
    )


def _one(session: Session, statement: Select[QuoteVersion]) -> QuoteVersion:
    version = session.scalar(statement)
    if version is None:
        raise Missing
    return version
