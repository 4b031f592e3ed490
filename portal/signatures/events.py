"""Facts of the signatures room that other rooms react to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureGiven:
    """The signatory signs, in this transaction; the sealed file comes later. Who reacts may still refuse."""

    envelope_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureCompleted:
    """The signatory signed and the sealed file is stored. `at` is the instant of signing, not of sealing."""

    envelope_id: int
    signed_file_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDeclined:
    """The signatory refused to sign; `reason` in their own words."""

    envelope_id: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureExpired:
    """Nobody signed in time."""

    envelope_id: int
    at: datetime
