"""Contracts begin with an accepted quote."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractRequest
from portal.contracts.operations.locking import locked_contract, require_writer
from portal.contracts.operations.log import log_event
from portal.contracts.queries.coverage import require_no_pause
from portal.contracts.queries.reading import is_left_alone, list_followers_in_force, load_contract
from portal.contracts.queries.requests import find_request_of_quote
from portal.contracts.rules.states import NEVER_ACTIVE, ContractKind, ContractState, NotPossibleNow
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.clock import day_of


def draft_contract(
    session: Session, *, version_id: int, is_told_to_customer: bool = False, now: datetime
) -> Contract:
    """The contract of an accepted version, made if it is not there yet.

    Its kind is what the quote was written for; one for nothing known, or for what ended since, is a new
    activation.

    Raises:
        ContractPaused: what it would change has been paused since the quote was written.
    """
    made = find_live_contract(session, version_id)
    if made is not None:
        return made
    version = session.get_one(QuoteVersion, version_id)
    request = find_request_of_quote(session, version.quote_id)
    running = _running(session, request) if request else ()
    for each in running:
        paused = load_contract(session, each)
        require_no_pause(session, paused, today=day_of(now), is_told_to_customer=is_told_to_customer)
    if not running:
        request = None
    contract = Contract(
        partner_id=version.partner_id,
        customer_id=version.customer_id,
        quote_id=version.quote_id,
        version_id=version.id,
        kind=request.kind if request else ContractKind.ACTIVATION,
        base_contract_id=request.base_contract_id if request else None,
        taken_over_from_id=request.taken_over_from_id if request else None,
        state=ContractState.DRAFT,
        created_at=now,
        changed_at=now,
    )
    session.add(contract)
    session.flush()
    summary = f"Contrato {{label}} iniciado: {contract.kind.label}"
    log_event(session, contract, "contract_drafted", summary, actor=None, now=now)
    return contract


def _running(session: Session, request: ContractRequest) -> Sequence[int]:
    """What a request changes: its contract and those that follow it; nothing where that ended for good."""
    changed_id = request.base_contract_id or request.taken_over_from_id or 0
    if is_left_alone(session, changed_id):
        return ()
    return (changed_id, *list_followers_in_force(session, changed_id))


def find_live_contract(session: Session, version_id: int) -> Contract | None:
    """The contract of a version that was not dropped."""
    return session.scalar(
        select(Contract).where(Contract.version_id == version_id, Contract.state.not_in(NEVER_ACTIVE))
    )


def draft_again(session: Session, *, contract: Contract, actor: Actor, now: datetime) -> Contract:
    """A new contract from the same version, after this one was dropped. Pressed twice, it is one.

    Raises:
        NotPossibleNow: this one is still good, or is in force already.
    """
    require_writer(actor)
    contract = locked_contract(session, contract.id)
    if contract.state not in NEVER_ACTIVE:
        raise NotPossibleNow("Este contrato ainda vale. Não é preciso fazer outro.")
    return draft_contract(session, version_id=contract.version_id, now=now)
