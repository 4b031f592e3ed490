"""All that a contract's page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from calculator import Breakdown
from portal.contracts.models import Contract, ContractRequest
from portal.contracts.pages.progress import steps_of
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.reading import (
    breakdown_of,
    facts_of,
    get_contract,
    list_followers,
    missing_parts_of,
    number_followed,
)
from portal.contracts.queries.requests import change_of, find_open_change_of
from portal.contracts.rules.changes import amendment_words, changed_units
from portal.contracts.rules.progress import MissingStep, Step, what_is_missing
from portal.contracts.rules.states import IN_FORCE, ContractState
from portal.customers.queries.months import months_of_service
from portal.customers.rules import ServiceMonth
from portal.partners.rules import Arrangement
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.queries.envelopes import get_envelope, list_events


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPage:
    """A contract, how far it is, and what may be done with it."""

    contract: Contract
    breakdown: Breakdown
    steps: Sequence[Step]
    missing: MissingStep | None
    incomplete: Sequence[str]
    envelope: Envelope | None
    events: Sequence[EnvelopeEvent]
    follows: str
    followers: Sequence[Contract]
    change_words: Sequence[str]
    released_until: date | None
    months: Sequence[ServiceMonth]
    begins_later: bool
    open_change: ContractRequest | None

    @property
    def link_works_until(self) -> date | None:
        """The last day on which the signing link works."""
        return day_of(self.envelope.expires_at - timedelta(seconds=1)) if self.envelope else None

    @property
    def may_move(self) -> bool:
        """Whether the partner, who no longer bills its customers, still bills this one."""
        bills_itself = self.contract.version.arrangement == Arrangement.HIPERADOR
        return bills_itself and self.contract.customer.partner.arrangement != Arrangement.HIPERADOR


def contract_page(session: Session, contract_id: int, *, actor: Actor, now: datetime) -> ContractPage:
    """The page of a contract this person may see. Raises `Missing`."""
    contract = get_contract(session, contract_id, actor=actor)
    envelope = get_envelope(session, contract.envelope_id, actor=actor) if contract.envelope_id else None
    paid = paid_time(session, contract) if contract.state in IN_FORCE else None
    is_draft, in_force = contract.state is ContractState.DRAFT, contract.state in IN_FORCE
    return ContractPage(
        contract=contract,
        breakdown=breakdown_of(contract),
        steps=steps_of(session, contract, envelope, now=now),
        missing=what_is_missing(facts_of(contract)),
        incomplete=missing_parts_of(contract.customer) if is_draft else (),
        envelope=envelope,
        events=list_events(session, envelope.id) if envelope else (),
        follows=number_followed(contract),
        followers=list_followers(session, contract, actor=actor) if contract.activated_at else (),
        change_words=_change_words(session, contract, today=day_of(now)),
        released_until=paid.released_until if paid else None,
        months=months_of_service(
            session,
            actor=actor,
            customer_id=contract.customer_id,
            contract_id=contract.id,
            today=day_of(now),
        )
        if contract.activated_at
        else (),
        begins_later=contract.starts_on is not None and contract.starts_on > day_of(now),
        open_change=find_open_change_of(session, contract) if in_force else None,
    )


def _change_words(session: Session, contract: Contract, *, today: date) -> Sequence[str]:
    change = change_of(session, contract, today=today)
    if change is None:
        return ()
    return (amendment_words(change.terms), *changed_units(change.before, breakdown_of(contract)))
