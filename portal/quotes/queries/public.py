"""What the customer may read through a proposal's link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.rules import SHOWN_TO_CUSTOMER, QuoteState
from portal.shared import tokens
from portal.shared.refusals import UnknownLink
from portal.shared.tokens import LinkToken, Purpose


class ProposalStatus(StrEnum):
    """What a customer finds behind the link."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    IN_REVISION = "in_revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProposal:
    """The alternatives a customer may see, in order, and what he may do with them."""

    status: ProposalStatus
    versions: tuple[QuoteVersion, ...]


def get_proposal_link(session: Session, secret: str, *, now: datetime) -> LinkToken:
    """The link of this secret, for a while also when it was used or has expired. Raises `UnknownLink`."""
    token = tokens.get(session, purpose=Purpose.PROPOSAL, secret=secret, now=now)
    if token.revoked_at is not None:
        raise UnknownLink
    return token


def public_proposal(session: Session, token: LinkToken, *, today: date) -> PublicProposal:
    """What stands behind a link; versions that did not reach the customer are never in it.

    A link that was answered opens nothing again: what was sent later has a link of its own.
    """
    shown = session.scalars(
        select(QuoteVersion)
        .join(QuoteVersion.quote)
        .where(
            Quote.proposal_id == token.subject_id,
            QuoteVersion.is_live,
            QuoteVersion.state.in_(SHOWN_TO_CUSTOMER),
        )
        .options(
            joinedload(QuoteVersion.quote).joinedload(Quote.owner),
            joinedload(QuoteVersion.customer).joinedload(Customer.partner),
        )
        .order_by(Quote.alternative)
    ).all()
    for status, versions in (
        (ProposalStatus.ACCEPTED, _in(shown, QuoteState.ACCEPTED, QuoteState.CONTRACTED)),
        (ProposalStatus.OPEN, [v for v in _in(shown, QuoteState.SENT) if not v.is_expired_on(today)]),
        (ProposalStatus.DECLINED, _in(shown, QuoteState.DECLINED)),
        (ProposalStatus.EXPIRED, _in(shown, QuoteState.SENT, QuoteState.EXPIRED)),
    ):
        if versions and not (
            status is ProposalStatus.OPEN and token.used_at
        ):  # answered; a newer link was sent
            return PublicProposal(status=status, versions=tuple(versions))
    return PublicProposal(status=ProposalStatus.IN_REVISION, versions=())


def _in(versions: Sequence[QuoteVersion], *states: QuoteState) -> list[QuoteVersion]:
    return [version for version in versions if version.state in states]
