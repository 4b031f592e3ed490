"""Reads of the signatures room."""

from portal.signatures.queries.envelopes import get_envelope, list_events
from portal.signatures.queries.links import SigningLink, get_signing_link
from portal.signatures.queries.verification import FileCheck, check_file, find_signed, seal_of

__all__ = [
    "FileCheck",
    "SigningLink",
    "check_file",
    "find_signed",
    "get_envelope",
    "get_signing_link",
    "list_events",
    "seal_of",
]
