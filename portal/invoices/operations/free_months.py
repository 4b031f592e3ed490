"""Meses grátis: finance gives months away, and each is released when it begins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.contracts.operations.log import log_event
from portal.contracts.queries.reading import list_family, list_followers_in_force, load_contract
from portal.contracts.rules.states import IN_FORCE, ContractKind
from portal.invoices.notifications import free_months_given
from portal.invoices.queries.free_months import why_none
from portal.invoices.rules.free_months import MOST_MONTHS, NoFreeMonths, days_of, may_take, months_of
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of
from portal.shared.refusals import Missing
from portal.subscriptions.models import FreeMonth
from portal.subscriptions.operations.covering import carry_on, cover_time
from portal.subscriptions.operations.free_months import give_months, move_months
from portal.subscriptions.queries.coverage import covered_by
from portal.subscriptions.queries.free_months import list_to_cover, list_waiting
from portal.subscriptions.queries.reading import find_subscription, get_subscription
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day

FROM_BEFORE = "Concedidos antes da troca de parceiro."
IN_ORDER = (ServiceState.CURRENT, ServiceState.GRACE)


def grant_free_months(
    session: Session, *, contract_id: int, months: int, reason: str, actor: Actor, now: datetime
) -> Sequence[FreeMonth]:
    """Give the customer of a contract so many months after those that are billed already, for a reason.

    Raises:
        Missing: the contract is not active.
        NoFreeMonths: not so many, without a reason, or none at all (see `why_no_free_months`).
    """
    contract = locked_contract(session, contract_id)
    subscription = find_subscription(session, contract_id, for_update=True)
    if subscription is None:
        raise Missing("Este contrato ainda não está ativo.")
    if not 1 <= months <= MOST_MONTHS:
        raise NoFreeMonths(f"Escolha de 1 a {MOST_MONTHS} meses.", field="months")
    if not reason.strip():
        raise NoFreeMonths("Escreva o motivo.", field="reason")
    if why := why_none(session, subscription, today=day_of(now)):
        raise NoFreeMonths(why)
    why = reason.strip()
    given = give_months(session, subscription=subscription, months=months, reason=why, actor=actor, now=now)
    summary = f"Contrato {{label}}: {months_of(given)}, {days_of(given)}"
    log_event(session, contract, "free_months_granted", summary, actor=actor, now=now, reason=why)
    free_months_given(session, contract=contract, month_id=given[0].id, now=now)
    return given


def cover_free_months(session: Session, *, now: datetime) -> int:
    """Release the free months that have begun; how many. Asked again, nothing changes.

    Not of a service that is late: the month waits for that to be paid, and is lost when it ends first. Nor
    after a contract's last day, unless an amendment goes on with it.
    """
    today, released = day_of(now), 0
    for month in list_to_cover(session, today=today):
        contract = locked_contract(session, month.contract_id)
        carriers = _carriers(session, contract, month)
        if not carriers:
            continue
        subscription = find_subscription(session, carriers[0].id, for_update=True)
        if subscription is None or subscription.service_state not in IN_ORDER:
            continue
        if session.scalar(covered_by([contract.id], month.starts_on, month.ends_on)) is not None:
            continue
        _release(session, contract, carriers, month, now=now)
        released += 1
    return released


def keep_free_months(session: Session, *, contract: Contract, now: datetime) -> Sequence[FreeMonth]:
    """Give a contract that begins in the place of another the free months that this can release no more.

    They are its next payments. An amendment goes on with those of the contract it changes, where they are.
    Where its payments are for no month, or its partner's, finance is asked to settle with the customer.
    """
    follows = contract.base_contract_id or contract.taken_over_from_id
    if follows is None or contract.kind is ContractKind.AMENDMENT:
        return ()
    family = set(list_family(session, contract)) - {contract.id}
    waiting = list_waiting(session, family, today=day_of(now))
    lost = [month for month in waiting if not _carriers(session, _of(session, month), month)]
    if not lost:
        return ()
    subscription = get_subscription(session, contract.id)
    if not may_take(subscription.billed_to, subscription.months, subscription.payments_in_term):
        _ask_finance(session, contract, lost, now=now)
        return ()
    reason = FROM_BEFORE if contract.taken_over_from_id is not None else ""
    given = move_months(session, months=lost, subscription=subscription, reason=reason)
    summary = f"Contrato {{label}}: {months_of(given)} do contrato anterior, agora {days_of(given)}"
    log_event(session, contract, "free_months_moved", summary, actor=None, now=now)
    free_months_given(session, contract=contract, month_id=given[0].id, now=now)
    return given


def _of(session: Session, month: FreeMonth) -> Contract:
    return load_contract(session, month.contract_id)


def _carriers(session: Session, contract: Contract, month: FreeMonth) -> Sequence[Contract]:
    """The contracts in force that have the time of a month: the one it was given to, amendments of it."""
    followers = [load_contract(session, each) for each in list_followers_in_force(session, contract.id)]
    amendments = [each for each in followers if each.kind is ContractKind.AMENDMENT]
    return [
        each
        for each in (contract, *amendments)
        if each.state in IN_FORCE and (each.ends_on is None or each.ends_on >= month.starts_on)
    ]


def _release(
    session: Session, contract: Contract, carriers: Sequence[Contract], month: FreeMonth, *, now: datetime
) -> None:
    cover_time(
        session,
        contract=contract,
        number=month.number,
        covers_from=month.starts_on,
        covers_until=month.ends_on,
        grace_until=month.grace_until,
        payment_key=month.payment_key,
        now=now,
    )
    for carrier in carriers:
        if carrier.id != contract.id:
            carry_on(
                session,
                contract=carrier,
                covers_from=month.starts_on,
                covers_until=month.ends_on,
                grace_until=month.grace_until,
                payment_key=month.payment_key,
                now=now,
            )


def _ask_finance(session: Session, contract: Contract, lost: Sequence[FreeMonth], *, now: datetime) -> None:
    open_task(
        session,
        key=f"free-months:{contract.id}",
        kind=TaskKind.OTHER,
        team=Role.FINANCE,
        title=f"Acertar {months_of(lost)} do contrato anterior",
        detail="O contrato novo não tem mensalidade a dispensar: é pago por vários meses de uma vez, ou quem "
        "cobra o cliente é o parceiro. Combine com o cliente como compensar o que foi prometido.",
        subject=contract,
        due_at=end_of_day(now),
        now=now,
    )
