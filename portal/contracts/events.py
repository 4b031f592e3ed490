"""Facts of the contracts room that other rooms react to."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractGenerated:
    """The document exists and its signatory was asked to sign."""

    contract_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatoryReplaced:
    """Another document names another person, who was asked to sign it."""

    contract_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned:
    """The signatory signed; what may be charged can be charged now."""

    contract_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractActivated:
    """Signed, and its first payment is in. `payment_key` is "" for an amendment that charges nothing."""

    contract_id: int
    starts_on: date
    payment_key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnding:
    """Its last day is known. `is_followed`: another contract goes on with what was paid for later days."""

    contract_id: int
    customer_id: int
    partner_id: int
    last_day: date
    at: datetime
    is_followed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesEnding:
    """The customer canceled some of its services: the codes of their lines, and their last day."""

    contract_id: int
    codes: tuple[str, ...]
    last_day: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTakenBack:
    """A contract that was to end goes on."""

    contract_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded:
    """Its last day has passed."""

    contract_id: int
    customer_id: int
    partner_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCanceled:
    """It was dropped before it was active: canceled, declined or expired."""

    contract_id: int
    at: datetime
