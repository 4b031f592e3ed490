"""What stands behind a signing link."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.shared import tokens
from portal.shared.clock import day_of
from portal.shared.tokens import LinkToken, Purpose
from portal.signatures.models import Envelope
from portal.signatures.rules.states import LinkStatus, link_status


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLink:
    """A link with its envelope, and what may be done by it now.

    `gives_copy`: whether the signed file can be had by it; a link forgotten in a mailbox does not for ever.
    """

    token: LinkToken
    envelope: Envelope
    status: LinkStatus
    gives_copy: bool

    @property
    def last_day(self) -> date:
        """The last day on which the link shows anything but that it has ended."""
        return day_of(self.token.expires_at - timedelta(seconds=1))


def get_signing_link(session: Session, secret: str, *, now: datetime) -> SigningLink:
    """The link of this secret, whatever became of it. It is not used up by reading.

    Raises:
        UnknownLink: it was never given out, for something else, or ended long ago.
    """
    token = tokens.get(session, purpose=Purpose.SIGNATURE, secret=secret, now=now)
    envelope = session.scalars(
        select(Envelope)
        .where(Envelope.id == token.subject_id)
        .options(
            joinedload(Envelope.partner),
            joinedload(Envelope.customer),
            joinedload(Envelope.file),
            joinedload(Envelope.signed_file),
        )
    ).one()
    status = link_status(
        envelope.state,
        is_revoked=token.revoked_at is not None,
        is_overdue=now >= min(envelope.expires_at, token.expires_at),
    )
    is_copy = status is LinkStatus.SIGNED and now < token.expires_at
    return SigningLink(token=token, envelope=envelope, status=status, gives_copy=is_copy)
