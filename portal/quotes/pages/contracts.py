"""What becomes of quotes: the contracts room, which stands downstream, answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from calculator import FirstPeriod
from portal.customers.rules import CustomerState
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSummary:
    """What a quote's page says of its contract.

    `change` tells in sentences what the quote changes at a running contract; `amends` is whether that one
    goes on, with its own due dates. `first_days` is the part of a month a customer pays first, where the plan
    begins so. `label`, `state` and `missing` are the contract's once there is one. `generate` is where a
    click has it generated, "" when it may not be.
    """

    change: Sequence[str] = ()
    amends: bool = False
    first_days: FirstPeriod | None = None
    label: str = ""
    state: CustomerState | None = None
    missing: str = ""
    since: datetime | None = None
    endpoint: str = ""
    values: Mapping[str, int] = field(default_factory=dict)
    generate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEntry:
    """A contract in the history of a customer; `missing` is what is missing, since `since`."""

    label: str
    kind: str
    state: CustomerState
    plan: str
    monthly_cents: int
    missing: str
    since: datetime | None
    changed_at: datetime
    endpoint: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ContractOfVersion(Question[ContractSummary]):
    """What a quote changes, and which contract came of it; no `actor`: as its customer may read it."""

    version: QuoteVersion
    actor: Actor | None
    now: datetime


@dataclass(frozen=True, slots=True)
class ContractsOfCustomer(Question[Sequence[ContractEntry]]):
    """A customer's contracts, the newest first."""

    customer_id: int
    actor: Actor


def contract_summary(
    session: Session, version: QuoteVersion, *, actor: Actor | None, now: datetime
) -> ContractSummary:
    """What a quote's page says of its contract."""
    (summary,) = ask(session, ContractOfVersion(version, actor, now))
    return summary


def contract_entries(session: Session, customer_id: int, *, actor: Actor) -> Sequence[ContractEntry]:
    """A customer's contracts, the newest first."""
    (entries,) = ask(session, ContractsOfCustomer(customer_id, actor))
    return entries
