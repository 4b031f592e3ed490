"""Facts of the agreements room that other rooms react to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementBegan:
    """An agreement holds and its entry, if any, is paid: the services of these contracts are in order."""

    agreement_id: int
    contract_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSigned:
    """An agreement holds its invoices from now on; its own are owed."""

    agreement_id: int
    contract_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementBroken:
    """An agreement is over and its invoices are owed again."""

    agreement_id: int
    contract_ids: tuple[int, ...]
    at: datetime
