"""Meses grátis: finance gives months away, and each is released when it begins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.contracts.operations.log import log_event
from portal.contracts.queries.reading import list_followers_in_force, load_contract
from portal.contracts.rules.states import IN_FORCE, ContractKind
from portal.invoices.queries.free_months import why_none
from portal.invoices.rules.free_months import MOST_MONTHS, NoFreeMonths
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.refusals import Missing
from portal.subscriptions.models import FreeMonth
from portal.subscriptions.operations.covering import carry_on, cover_time
from portal.subscriptions.operations.free_months import give_months
from portal.subscriptions.queries.coverage import covered_by
from portal.subscriptions.queries.free_months import list_to_cover
from portal.subscriptions.queries.reading import find_subscription

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
    days = f"de {format_date(given[0].starts_on)} a {format_date(given[-1].ends_on)}"
    what = "1 mês grátis" if months == 1 else f"{months} meses grátis"
    summary = f"Contrato {{label}}: {what}, {days}"
    log_event(session, contract, "free_months_granted", summary, actor=actor, now=now, reason=why)
    return given


def cover_free_months(session: Session, *, now: datetime) -> int:
    """Release the free months that have begun; how many. Asked again, nothing changes.

    Not of a service that is late: the month waits for that to be paid, and is lost when it ends first. Nor
    after a contract's last day, unless an amendment goes on with it.
    """
    today, released = day_of(now), 0
    for month in list_to_cover(session, today=today):
        contract = locked_contract(session, month.contract_id)
        carrier = _carrier(session, contract)
        if carrier is None or (carrier.ends_on is not None and carrier.ends_on < month.starts_on):
            continue
        subscription = find_subscription(session, carrier.id, for_update=True)
        if subscription is None or subscription.service_state not in IN_ORDER:
            continue
        if session.scalar(covered_by([contract.id], month.starts_on, month.ends_on)) is not None:
            continue
        _release(session, contract, carrier, month, now=now)
        released += 1
    return released


def _carrier(session: Session, contract: Contract) -> Contract | None:
    """The contract in force that has the time of another: that one itself, or the amendment after it."""
    if contract.state in IN_FORCE:
        return contract
    followers = (load_contract(session, each) for each in list_followers_in_force(session, contract.id))
    return next((each for each in followers if each.kind is ContractKind.AMENDMENT), None)


def _release(
    session: Session, contract: Contract, carrier: Contract, month: FreeMonth, *, now: datetime
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
