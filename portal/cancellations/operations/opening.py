"""A customer asks to leave: a case with a protocol at once, and what is said in it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations import notifications
from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.operations.locking import locked_case
from portal.cancellations.operations.pausing import check_pause
from portal.cancellations.queries.cases import find_open_case, find_same_argument
from portal.cancellations.queries.discounts import limit_of
from portal.cancellations.queries.settlement import services_in
from portal.cancellations.rules.cases import (
    AlreadyAsked,
    Answer,
    CaseState,
    DiscountTooLarge,
    Offer,
    Origin,
    Reason,
    ServicesGone,
    WordsMissing,
    alarm_at,
)
from portal.cancellations.rules.pauses import months_in_words
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract, require_writer
from portal.contracts.rules.states import ContractState, require_state
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

PRESSED_TWICE = timedelta(minutes=1)
CALL_WITHIN = timedelta(hours=1)


def open_case(
    session: Session,
    *,
    contract: Contract,
    reason: Reason,
    words: str,
    services: Sequence[str] = (),
    actor: Actor | None,
    asked_by: str = "",
    now: datetime,
) -> CancellationCase:
    """Register the request at the moment it is made; the customer gets its protocol by mail.

    `services` are the codes of the lines that end; without any, the contract does. `actor` is who of the
    portal registers it, None for the customer alone, who is at the address `asked_by`.

    Raises:
        AlreadyAsked: the contract has an open case; its protocol is named.
        NotPossibleNow: the contract is not in force, or ends already.
        ServicesGone: at `services`.
    """
    if actor is not None:
        require_writer(actor)
    contract = locked_contract(session, contract.id)
    if (first := find_open_case(session, contract.id)) is not None:
        raise AlreadyAsked(first.protocol, on=day_of(first.requested_at))
    require_state(contract.state, ContractState.ACTIVE, ContractState.SUSPENDED)
    if not set(services) <= set(services_in(contract)):
        raise ServicesGone
    case = CancellationCase(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        origin=_origin(actor),
        reason=reason,
        words=words.strip(),
        requested_at=now,
        opened_by_id=actor.user_id if actor else None,
        asked_by="" if actor else asked_by,
        services=list(services),
        state=CaseState.OPEN,
    )
    session.add(case)
    session.flush()
    _tell(session, case, contract, actor=actor, now=now)
    return case


def _tell(
    session: Session, case: CancellationCase, contract: Contract, *, actor: Actor | None, now: datetime
) -> None:
    """The log, support and the customer know at once."""
    summary = f"Pedido de cancelamento do contrato {contract.label}: protocolo {case.protocol}"
    why = case.reason.label
    _log(
        session,
        case,
        "cancellation_opened",
        summary,
        actor=actor,
        label=case.asked_by,
        now=now,
        reason=why,
    )
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


def _origin(actor: Actor | None) -> Origin:
    if actor is None:
        return Origin.CUSTOMER
    return Origin.PARTNER if actor.role.of_partner else Origin.STAFF


def argue(
    session: Session,
    *,
    case: CancellationCase,
    offer: Offer | None,
    answer: Answer | None,
    words: str,
    actor: Actor | None,
    address: str = "",
    awaits_reply: bool = False,
    discount_cents: int = 0,
    pause_months: int = 0,
    now: datetime,
) -> CancellationArgument:
    """Write down what was offered and answered, or a note without an offer. Pressed twice, it is one.

    `awaits_reply`: it was said in a chat, in which the customer should answer. Without an `actor` the
    customer says it, who is at an `address`. `discount_cents` was accepted: who stays gets it as credit.
    So was a pause of `pause_months`.

    Raises:
        WordsMissing: at `words`: nothing is written.
        DiscountTooLarge: at `discount`.
        CannotPause: at `pause_months`.
        CaseClosed: it has an outcome already.
    """
    if actor is not None:
        require_writer(actor)
    if not words.strip():
        raise WordsMissing
    locked_case(session, case)
    _check_promised(session, case, discount_cents, pause_months, now=now)
    if (first := find_same_argument(session, case.id, words.strip(), since=now - PRESSED_TWICE)) is not None:
        return first
    said = CancellationArgument(
        case_id=case.id,
        offer=offer,
        answer=answer if offer else None,
        words=words.strip(),
        said_at=now,
        said_by_id=actor.user_id if actor else None,
        awaits_reply=awaits_reply,
        discount_cents=discount_cents,
        pause_months=pause_months,
    )
    session.add(said)
    summary = f"Cancelamento {case.protocol}: {_in_words(said)}"
    _log(
        session, case, "cancellation_argued", summary, actor=actor, label=address, now=now, reason=said.words
    )
    return said


def _check_promised(
    session: Session, case: CancellationCase, discount_cents: int, pause_months: int, *, now: datetime
) -> None:
    if discount_cents and discount_cents > (limit := limit_of(session, case, now=now)):
        raise DiscountTooLarge(limit)
    if pause_months:
        check_pause(session, case, pause_months, now=now)


def _in_words(said: CancellationArgument) -> str:
    what = f"{said.offer.label}: {said.answer.label.lower()}" if said.offer and said.answer else "anotação"
    if said.pause_months:
        what += f", {months_in_words(said.pause_months)}"
    return f"{what}, {format_money(said.discount_cents)}" if said.discount_cents else what


def ask_to_talk(
    session: Session, *, case: CancellationCase, offer: Offer, address: str, now: datetime
) -> CancellationArgument:
    """The customer, alone at an `address`, wants to hear about an offer: support calls. Raises as `argue`."""
    said = argue(
        session,
        case=case,
        offer=offer,
        answer=Answer.THINKING,
        words=f"O cliente quer conversar sobre: {offer.label.lower()}.",
        actor=None,
        address=address,
        now=now,
    )
    open_task(
        session,
        key=f"cancellation:{case.id}:talk",
        kind=TaskKind.CALL,
        team=Role.SUPPORT,
        title=f"Ligar para {case.customer.display_name}: quer conversar antes de cancelar",
        detail=said.words,
        subject=case,
        due_at=now + CALL_WITHIN,
        now=now,
    )
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
    actor: Actor | None,
    label: str,
    now: datetime,
    reason: str,
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=case,
        actor=actor,
        actor_label=label,
        now=now,
        reason=reason,
    )
