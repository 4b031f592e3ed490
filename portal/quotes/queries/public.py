"""What the customer may read through a proposal's link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.rules.states import SHOWN_TO_CUSTOMER, QuoteState
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
    WITHDRAWN = "withdrawn"


# What waits for an answer or a new offer, which a reseller that was disabled neither takes nor makes.
_NEEDS_THE_PARTNER = {ProposalStatus.OPEN, ProposalStatus.EXPIRED, ProposalStatus.IN_REVISION}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProposal:
    """The alternatives a customer may see, in order, and what the customer may do with them.

    `is_partner_gone`: the reseller was disabled, so the vendor is who can be asked.
    """

    status: ProposalStatus
    versions: tuple[QuoteVersion, ...]
    is_partner_gone: bool = False


def get_proposal_link(session: Session, secret: str, *, now: datetime) -> LinkToken:
    """The link of this secret, for a while also when it was used or has expired. Raises `UnknownLink`."""
    token = tokens.get(session, purpose=Purpose.PROPOSAL, secret=secret, now=now)
    if token.revoked_at is not None:
        raise UnknownLink
    return token


def public_proposal(session: Session, token: LinkToken, *, today: date) -> PublicProposal:
    """What stands behind a link; versions that did not reach the customer are never in it.

    A link that was answered opens nothing again: what was sent later has a link of its own. While the
    reseller is disabled, nothing that could still be answered is shown.
    """
    found = _public_proposal(session, token, today=today)
    partner = session.get(Partner, token.partner_id)
    if partner is None or partner.disabled_at is None:
        return found
    if found.status in _NEEDS_THE_PARTNER:
        return PublicProposal(status=ProposalStatus.WITHDRAWN, versions=(), is_partner_gone=True)
    return replace(found, is_partner_gone=True)


def _public_proposal(session: Session, token: LinkToken, *, today: date) -> PublicProposal:
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
