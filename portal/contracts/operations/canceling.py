"""Giving a contract up before it is active."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_with_envelope, require_writer
from portal.contracts.operations.log import log_event
from portal.contracts.operations.signing import come_to_nothing
from portal.contracts.queries.reading import list_followers_waiting
from portal.contracts.rules.refusals import AlreadyPaid, ReasonMissing
from portal.contracts.rules.states import ContractState, NotPossibleNow, require_transition
from portal.shared.auth import Actor
from portal.signatures.operations.asking import cancel_envelope
from portal.signatures.rules.refusals import BeingSealed
from portal.signatures.rules.states import EnvelopeState


def cancel_contract(
    session: Session, *, contract: Contract, reason: str, actor: Actor, now: datetime
) -> Contract:
    """The links stop working, what was invoiced is void; a signatory who was asked is told.

    Raises:
        ReasonMissing: at `reason`.
        BeingSealed: the signatory signed a moment ago.
        AlreadyPaid: the first payment is in.
        NotPossibleNow: it is active, or was dropped before.
    """
    require_writer(actor)
    if not reason.strip():
        raise ReasonMissing
    return _drop(session, contract, reason=reason.strip(), actor=actor, now=now)


def drop_changes(session: Session, contract_id: int, *, now: datetime) -> None:
    """Drop what was to follow a contract whose customer canceled it, unless that is paid or in force."""
    base = session.get_one(Contract, contract_id)
    if base.state not in (ContractState.ENDING, ContractState.ENDED):  # it was taken back meanwhile
        return
    reason = f"O cliente cancelou o contrato {base.label}."
    for follower in list_followers_waiting(session, contract_id):
        with suppress(AlreadyPaid, NotPossibleNow, BeingSealed):
            _drop(session, follower, reason=reason, actor=None, now=now)


def _drop(
    session: Session, contract: Contract, *, reason: str, actor: Actor | None, now: datetime
) -> Contract:
    contract, envelope = locked_with_envelope(session, contract)
    require_transition(contract.state, ContractState.CANCELED)
    if contract.first_payment_key is not None:
        raise AlreadyPaid
    if envelope is not None and envelope.state is not EnvelopeState.SIGNED:
        cancel_envelope(session, envelope=envelope, reason=reason, actor=actor, now=now)
    come_to_nothing(session, contract, state=ContractState.CANCELED, reason=reason, now=now)
    summary = "Contrato {label} cancelado"
    log_event(session, contract, "contract_canceled", summary, actor=actor, now=now, reason=reason)
    return contract
