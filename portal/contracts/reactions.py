"""What this room does when something happens upstream or is told from downstream."""

from sqlalchemy.orm import Session

from portal.contracts.operations import drafting, signing
from portal.quotes.events import QuoteAccepted
from portal.signatures.events import SignatureCompleted, SignatureDeclined, SignatureExpired


def draft_contract(session: Session, fact: QuoteAccepted) -> None:
    """An accepted quote begins a contract."""
    drafting.draft_contract(session, version_id=fact.version_id, is_told_to_customer=True, now=fact.at)


def record_signature(session: Session, fact: SignatureCompleted) -> None:
    """The sealed file makes its contract a signed one."""
    signing.record_signature(
        session, envelope_id=fact.envelope_id, signed_file_id=fact.signed_file_id, at=fact.at, now=fact.at
    )


def record_decline(session: Session, fact: SignatureDeclined) -> None:
    """A refused signature ends its contract."""
    signing.record_decline(session, envelope_id=fact.envelope_id, reason=fact.reason, now=fact.at)


def record_expiry(session: Session, fact: SignatureExpired) -> None:
    """A signature nobody gave in time ends its contract."""
    signing.record_expiry(session, envelope_id=fact.envelope_id, now=fact.at)
