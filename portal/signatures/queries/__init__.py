"""Reads of the signatures room."""

from portal.signatures.queries.envelopes import get_envelope, list_events
from portal.signatures.queries.links import SigningLink, get_signing_link

__all__ = [
    "SigningLink",
    "get_envelope",
    "get_signing_link",
    "list_events",
]
