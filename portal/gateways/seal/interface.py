"""What the portal asks of a signing certificate."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class SealUnavailable(Exception):
    """No certificate that works now, or no time stamp to be had. `str()` is for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealIdentity:
    """With what is sealed: the names in the certificate, and who stamps the time ("" for nobody).

    `fingerprint` is the SHA-256 of the certificate, in hex.
    """

    holder: str
    issuer: str
    fingerprint: str
    time_stamp_authority: str
    is_development: bool


class SealGateway(Protocol):
    """A certificate with its key."""

    def identity(self, *, at: datetime) -> SealIdentity:
        """With what a file would be sealed at this instant.

        Raises:
            SealUnavailable: there is no certificate, or it is not valid then.
        """

    def seal(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """The file closed by a PAdES signature that says `at` as its time; nothing may be changed after it.

        Raises:
            SealUnavailable: as `identity`, or the time stamp authority does not answer.
            ValueError: not a PDF that can be sealed.
        """

    def make_certificate(self, *, now: datetime) -> str:
        """Make the certificate of a development machine, if it has none that works; says what there is."""
