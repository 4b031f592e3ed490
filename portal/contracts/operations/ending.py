"""A contract ends because its customer leaves: at once, or when what is paid has been used."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.contracts.events import ContractEnded, ContractEnding, EndTakenBack, ServicesEnding
from portal.contracts.models import Contract
from portal.contracts.operations.log import log_event
from portal.contracts.rules.states import DROP_CHANGES, ContractState, require_state, require_transition
from portal.shared import queue
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.events import publish


def end_contract(
    session: Session,
    *,
    contract: Contract,
    last_day: date,
    at_once: bool,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Let a locked contract end on `last_day`: `at_once` closes it now, else the night after that day does.

    Changes of it that are not in force yet are dropped by a job.

    Raises:
        NotPossibleNow: it is not in force, or ends already.
    """
    target = ContractState.ENDED if at_once else ContractState.ENDING
    require_transition(contract.state, target)
    contract.state, contract.ends_on, contract.close_reason = target, last_day, reason
    if at_once:
        contract.closed_at = now
    summary = f"Contrato {{label}} vale até {format_date(last_day)}"
    log_event(session, contract, "contract_ending", summary, actor=actor, now=now, reason=reason)
    customer_id, partner_id = contract.customer_id, contract.partner_id
    ending = ContractEnding(
        contract_id=contract.id, customer_id=customer_id, partner_id=partner_id, last_day=last_day, at=now
    )
    publish(session, ending)
    queue.enqueue(session, DROP_CHANGES, subject_id=contract.id, now=now)
    if at_once:
        ended = ContractEnded(contract_id=contract.id, customer_id=customer_id, partner_id=partner_id, at=now)
        publish(session, ended)


def end_services(
    session: Session,
    *,
    contract: Contract,
    codes: Sequence[str],
    labels: Sequence[str],
    last_day: date,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Let some services of a locked contract end on `last_day`; the others go on.

    Raises:
        NotPossibleNow: it is not in force, or ends already.
    """
    require_state(contract.state, ContractState.ACTIVE, ContractState.SUSPENDED)
    contract.ended_services = [*contract.ended_services, *codes]
    summary = f"Contrato {{label}}: {', '.join(labels)} até {format_date(last_day)}"
    log_event(session, contract, "services_ending", summary, actor=actor, now=now, reason=reason)
    publish(session, ServicesEnding(contract_id=contract.id, codes=tuple(codes), last_day=last_day, at=now))


def take_back_end(
    session: Session, *, contract: Contract, reason: str, actor: Actor | None, now: datetime
) -> None:
    """Let a locked contract that was to end go on as it was.

    Raises:
        NotPossibleNow: it does not end, or has ended.
    """
    require_transition(contract.state, ContractState.ACTIVE)
    contract.state, contract.ends_on, contract.close_reason = ContractState.ACTIVE, None, ""
    log_event(
        session,
        contract,
        "contract_goes_on",
        "Contrato {label} continua",
        actor=actor,
        now=now,
        reason=reason,
    )
    publish(session, EndTakenBack(contract_id=contract.id, at=now))


def is_over_on(last_day: date, *, now: datetime) -> bool:
    """Whether a contract with this last day has nothing left after today."""
    return last_day <= day_of(now)
