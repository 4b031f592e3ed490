"""Signed and paid, in whichever order: active, once."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.contracts import notifications
from portal.contracts.events import ContractActivated, ContractEnded, ContractEnding
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.contracts.operations.log import log_event
from portal.contracts.queries.reading import breakdown_of, list_followers_in_force, load_contract
from portal.contracts.rules.states import IN_FORCE, TELL_ACTIVE, ContractState
from portal.shared import queue
from portal.shared.clock import day_of
from portal.shared.events import publish

A_DAY = timedelta(days=1)
ENDED_AT_ONCE = 500


def record_first_payment(
    session: Session, *, contract_id: int, payment_key: str, at: datetime, now: datetime
) -> Contract:
    """The first payment of a contract is in; told again, nothing more happens.

    A contract that is not signed yet waits for its signature. `at` is when the money came.
    """
    contract = locked_contract(session, contract_id)
    if contract.first_payment_key is None:
        contract.first_payment_key, contract.paid_at = payment_key, at
        summary = "Contrato {label}: primeiro pagamento recebido"
        log_event(session, contract, "contract_paid", summary, actor=None, now=now, payment_key=payment_key)
    activate_if_complete(session, contract, now=now)
    return contract


def activate_if_complete(session: Session, contract: Contract, *, now: datetime) -> bool:
    """Make a contract, whose row is taken, active if nothing is missing; whether this call did it."""
    starts_on = start_of(contract, today=day_of(now))
    session.flush()
    # Whoever comes second finds another state: the condition, not what was read before, decides.
    won = session.execute(
        update(Contract)
        .where(
            Contract.id == contract.id,
            Contract.state == ContractState.AWAITING_PAYMENT,
            Contract.signed_at.is_not(None),
            or_(Contract.first_payment_key.is_not(None), Contract.amendment_charge_cents == 0),
        )
        .values(state=ContractState.ACTIVE, activated_at=now, starts_on=starts_on, changed_at=now)
        .returning(Contract.id)
    ).first()
    if won is None:
        return False
    contract = locked_contract(session, contract.id)
    since = "a partir de" if starts_on > day_of(now) else "desde"
    summary = f"Contrato {{label}} ativo {since} {starts_on:%d/%m/%Y}"
    log_event(session, contract, "contract_activated", summary, actor=None, now=now)
    _end_followed(session, contract, now=now)
    publish(
        session,
        ContractActivated(
            contract_id=contract.id, starts_on=starts_on, payment_key=contract.first_payment_key or "", at=now
        ),
    )
    queue.enqueue(session, TELL_ACTIVE, subject_id=contract.id, now=now)
    return True


def tell_active(session: Session, contract_id: int, *, now: datetime) -> None:
    """Mail who is to know that a contract is active; apart from the receipt of its money, each mail once."""
    contract = load_contract(session, contract_id)
    if contract.starts_on is None:
        return
    notifications.contract_active(session, contract=contract, now=now)
    if contract.taken_over_from_id is not None:
        followed = load_contract(session, contract.taken_over_from_id)
        last_day = contract.starts_on - A_DAY
        notifications.contract_passed_on(session, contract=followed, last_day=last_day, now=now)


def start_of(contract: Contract, *, today: date) -> date:
    """The day on which a contract that is complete today begins: today, or later where that was agreed."""
    planned = contract.applies_on or breakdown_of(contract).payments[0].due_on
    return max(today, planned)


def end_contracts(session: Session, *, now: datetime) -> int:
    """End those whose last day has passed; says how many, `ENDED_AT_ONCE` when more may wait."""
    today = day_of(now)
    due = (
        Contract.state == ContractState.ENDING,
        Contract.ends_on < today,
    )
    ids = session.scalars(
        select(Contract.id).where(*due).order_by(Contract.customer_id, Contract.id).limit(ENDED_AT_ONCE)
    ).all()
    ended = 0
    for contract_id in ids:
        contract = locked_contract(session, contract_id)
        if contract.state is ContractState.ENDING:
            contract.state, contract.closed_at = ContractState.ENDED, now
            log_event(session, contract, "contract_ended", "Contrato {label} encerrado", actor=None, now=now)
            _tell_ended(session, contract, now=now)
            ended += 1
    return ended


def _end_followed(session: Session, contract: Contract, *, now: datetime) -> None:
    """What it replaces ends on the day before, at once or when that day has passed.

    So does whatever replaced that already: of two changes of one contract only the last is billed.
    """
    followed_id = contract.base_contract_id or contract.taken_over_from_id
    if followed_id is None or contract.starts_on is None:
        return
    others = [each for each in list_followers_in_force(session, followed_id) if each != contract.id]
    for each in (followed_id, *others):
        followed = locked_contract(session, each)
        if followed.state in IN_FORCE:
            _end_before(session, followed, contract, contract.starts_on - A_DAY, now=now)


def _end_before(
    session: Session, followed: Contract, contract: Contract, last_day: date, *, now: datetime
) -> None:
    followed.ends_on = last_day
    followed.close_reason = f"Substituído pelo contrato {contract.label}: {contract.kind.label.lower()}."
    if last_day < day_of(now):
        followed.state, followed.closed_at = ContractState.ENDED, now
    else:
        followed.state = ContractState.ENDING
    summary = f"Contrato {{label}} vale até {last_day:%d/%m/%Y}: começa o contrato {contract.label}"
    log_event(session, followed, "contract_followed", summary, actor=None, now=now)
    publish(
        session,
        ContractEnding(
            contract_id=followed.id,
            customer_id=followed.customer_id,
            partner_id=followed.partner_id,
            last_day=last_day,
            at=now,
            is_followed=True,
        ),
    )
    if followed.state is ContractState.ENDED:
        _tell_ended(session, followed, now=now)


def _tell_ended(session: Session, contract: Contract, *, now: datetime) -> None:
    publish(
        session,
        ContractEnded(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            partner_id=contract.partner_id,
            at=now,
        ),
    )
