"""What is asked of the tax office about a nota fiscal, and what it answers. Amounts in centavos."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class NfseUnavailable(Exception):
    """Away, slow, busy or unreadable. Whether the call took effect is not known; `str()` is for operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """The note that another one takes the place of, and why: a code of the layout, and words."""

    access_key: str
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where somebody is: `municipality` is the IBGE's code of the town, `postal_code` eight figures."""

    municipality: str
    postal_code: str
    street: str
    number: str
    complement: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOrder:
    """A service to have a note of. `dps_id` is ours and stored before: by it the office issues one note.

    `is_setup` chooses the code of the service; `has_ibs_cbs` says whether the group of the tax reform is
    sent. With `may_exist` an earlier call had no answer: the office is asked before anything is sent.
    """

    dps_id: str
    number: int
    issued_at: datetime
    competence_on: date
    taker_document: str
    taker_name: str
    taker_email: str
    description: str
    is_setup: bool
    amount_cents: int
    discount_cents: int
    has_ibs_cbs: bool
    may_exist: bool
    replacing: Replacing | None = None
    taker_address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """A note to be canceled, and why: a code of the layout, and at least 15 letters."""

    access_key: str
    asked_at: datetime
    code: str
    words: str


class Outcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    REFUSED = "refused"  # by the office, with codes
    UNFIT = "unfit"  # by the official schema, before anything was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why: the office's code and words, or the name of the field that the schema refuses and no words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReport:
    """A note as the office has it (its key, its number, the signed XML), or why there is none."""

    outcome: Outcome
    access_key: str = ""
    number: str = ""
    xml: bytes = b""
    why: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReport:
    """A cancellation as the office has it, or why there is none."""

    outcome: Outcome
    xml: bytes = b""
    why: tuple[Refused, ...] = ()


class NfseGateway(Protocol):
    """The tax office. Each call may raise NfseUnavailable; made again, it has no second effect."""

    def issue(self, order: NoteOrder) -> NoteReport:
        """Have a note issued, or get the one that was."""

    def cancel(self, order: CancelOrder) -> EventReport:
        """Have a note canceled, or learn that it was."""
