"""A customer asks to leave: a case with a protocol at once, and what is said in it."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations import notifications
from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.operations.locking import locked_case
from portal.cancellations.queries import find_open_case, find_same_argument
from portal.cancellations.rules.cases import (
    AlreadyAsked,
    Answer,
    CaseState,
    Offer,
    Origin,
    Reason,
    WordsMissing,
    alarm_at,
)
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract, require_writer
from portal.contracts.rules.states import ContractState, require_state
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

PRESSED_TWICE = timedelta(minutes=1)


def open_case(
    session: Session, *, contract: Contract, reason: Reason, words: str, actor: Actor, now: datetime
) -> CancellationCase:
    """Register the request at the moment it is made; the customer gets its protocol by mail.

    Raises:
        AlreadyAsked: the contract has an open case; its protocol is named.
        NotPossibleNow: the contract is not in force, or ends already.
    """
    require_writer(actor)
    contract = locked_contract(session, contract.id)
    if (first := find_open_case(session, contract.id)) is not None:
        raise AlreadyAsked(first.protocol, on=day_of(first.requested_at))
    require_state(contract.state, ContractState.ACTIVE, ContractState.SUSPENDED)
    case = CancellationCase(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        origin=Origin.PARTNER if actor.role.of_partner else Origin.STAFF,
        reason=reason,
        words=words.strip(),
        requested_at=now,
        opened_by_id=actor.user_id,
        state=CaseState.OPEN,
    )
    session.add(case)
    session.flush()
    summary = f"Pedido de cancelamento do contrato {contract.label}: protocolo {case.protocol}"
    _log(session, case, "cancellation_opened", summary, actor=actor, now=now, reason=reason.label)
    open_task(
        session,
        key=task_key(case.id),
        kind=TaskKind.CANCELLATION,
        team=Role.SUPPORT,
        title=f"Atender o cancelamento {case.protocol} de {contract.customer.display_name}",
        subject=case,
        due_at=alarm_at(now),
        actor=actor,
        now=now,
    )
    notifications.case_opened(session, case=case, customer=contract.customer, now=now)
    return case


def argue(
    session: Session,
    *,
    case: CancellationCase,
    offer: Offer | None,
    answer: Answer | None,
    words: str,
    actor: Actor,
    now: datetime,
) -> CancellationArgument:
    """Write down what was offered and answered, or a note without an offer. Pressed twice, it is one.

    Raises:
        WordsMissing: at `words`: nothing is written.
        CaseClosed: it has an outcome already.
    """
    require_writer(actor)
    if not words.strip():
        raise WordsMissing
    locked_case(session, case)
    if (first := find_same_argument(session, case.id, words.strip(), since=now - PRESSED_TWICE)) is not None:
        return first
    said = CancellationArgument(
        case_id=case.id,
        offer=offer,
        answer=answer if offer else None,
        words=words.strip(),
        said_at=now,
        said_by_id=actor.user_id,
    )
    session.add(said)
    what = f"{offer.label}: {answer.label.lower()}" if offer and answer else "anotação"
    summary = f"Cancelamento {case.protocol}: {what}"
    _log(session, case, "cancellation_argued", summary, actor=actor, now=now, reason=said.words)
    return said


def task_key(case_id: int) -> str:
    """The key of the task that asks support to work on a case."""
    return f"cancellation:{case_id}"


def follow_up_key(case_id: int, day: date) -> str:
    """The key of the task that asks how a customer who stayed is doing."""
    return f"cancellation:{case_id}:follow-up:{day}"


def _log(
    session: Session,
    case: CancellationCase,
    action: str,
    summary: str,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    audit.record(session, action=action, summary=summary, subject=case, actor=actor, now=now, reason=reason)
