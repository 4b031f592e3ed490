"""What a signature does to its contract: signed, declined or expired."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts import notifications
from portal.contracts.events import ContractCanceled, ContractSigned
from portal.contracts.models import Contract
from portal.contracts.operations.activating import activate_if_complete
from portal.contracts.operations.locking import locked_contract, locked_with_envelope, require_writer
from portal.contracts.operations.log import log_event
from portal.contracts.queries.reading import find_contract_of_envelope
from portal.contracts.rules.states import ContractState, NotPossibleNow, require_state
from portal.shared.auth import Actor
from portal.shared.events import publish
from portal.shared.tokens import LinkToken
from portal.shared.whatsapp import Person, prepared_for
from portal.signatures.models import Envelope
from portal.signatures.operations.asking import link_of, resend
from portal.signatures.rules.states import EnvelopeState

STILL_PRINTED = "O documento ainda está sendo preparado. Aguarde um instante."


def record_signature(
    session: Session, *, envelope_id: int, signed_file_id: int, at: datetime, now: datetime
) -> Contract | None:
    """The contract of this envelope is signed, once; None when the envelope is about something else.

    Where the first payment came earlier, the contract is active with it.
    """
    found = find_contract_of_envelope(session, envelope_id)
    if found is None:
        return None
    contract = locked_contract(session, found.id)
    if contract.state is not ContractState.AWAITING_SIGNATURE:
        return contract  # told before
    contract.signed_at, contract.signed_file_id = at, signed_file_id
    contract.state = ContractState.AWAITING_PAYMENT
    who = _signatory(contract)
    summary = "Contrato {label} assinado"
    log_event(
        session,
        contract,
        "contract_signed",
        summary,
        actor=None,
        actor_label=who,
        now=now,
        file_id=signed_file_id,
    )
    publish(session, ContractSigned(contract_id=contract.id, at=now))
    activate_if_complete(session, contract, now=now)
    return contract


def record_decline(session: Session, *, envelope_id: int, reason: str, now: datetime) -> Contract | None:
    """The signatory does not sign: the contract is dropped, and the reseller is told why."""
    return _come_to_nothing(
        session,
        envelope_id,
        state=ContractState.DECLINED,
        action="contract_declined",
        summary="Contrato {label}: o responsável recusou a assinatura",
        reason=reason,
        now=now,
    )


def record_expiry(session: Session, *, envelope_id: int, now: datetime) -> Contract | None:
    """Nobody signed in time: the contract is dropped, and the reseller is told."""
    return _come_to_nothing(
        session,
        envelope_id,
        state=ContractState.EXPIRED,
        action="contract_expired",
        summary="Contrato {label}: o prazo para assinar terminou",
        reason="",
        now=now,
    )


def resend_signature(session: Session, *, contract: Contract, actor: Actor, now: datetime) -> Envelope:
    """Mail the signing link again, with its whole validity.

    Raises:
        NotPossibleNow: it does not wait for a signature.
        BeingSealed: it was signed a moment ago.
    """
    require_writer(actor)
    require_state(contract.state, ContractState.AWAITING_SIGNATURE)
    if contract.envelope_id is None or contract.is_being_generated:
        raise NotPossibleNow(STILL_PRINTED)
    return resend(session, envelope=session.get_one(Envelope, contract.envelope_id), actor=actor, now=now)


def prepare_signature(
    session: Session, *, contract: Contract, to: Person, actor: Actor, now: datetime
) -> tuple[LinkToken, Envelope]:
    """The signing link that was mailed, for the seller to pass on by WhatsApp; its last day stays.

    Raises:
        NotPossibleNow: it does not wait for a signature.
    """
    require_writer(actor)
    contract, envelope = locked_with_envelope(session, contract)
    require_state(contract.state, ContractState.AWAITING_SIGNATURE)
    if envelope is None or contract.is_being_generated:
        raise NotPossibleNow(STILL_PRINTED)
    if envelope.state is not EnvelopeState.OPEN or envelope.expires_at <= now:
        raise NotPossibleNow("O link de assinatura não vale mais. Atualize a página.")
    token = link_of(session, envelope, now=now)
    summary = prepared_for(to, f"assinatura do contrato {contract.label}")
    log_event(session, contract, "whatsapp_prepared", summary, actor=actor, now=now)
    return token, envelope


def come_to_nothing(
    session: Session, contract: Contract, *, state: ContractState, reason: str, now: datetime
) -> None:
    """Close a contract, whose row is taken, before it was ever active; the people waiting for it are told."""
    contract.state, contract.closed_at, contract.close_reason = state, now, reason
    publish(session, ContractCanceled(contract_id=contract.id, at=now))


def _come_to_nothing(
    session: Session,
    envelope_id: int,
    *,
    state: ContractState,
    action: str,
    summary: str,
    reason: str,
    now: datetime,
) -> Contract | None:
    found = find_contract_of_envelope(session, envelope_id)
    if found is None:
        return None
    contract = locked_contract(session, found.id)
    if contract.state is not ContractState.AWAITING_SIGNATURE:
        return contract
    come_to_nothing(session, contract, state=state, reason=reason, now=now)
    who = _signatory(contract) if state is ContractState.DECLINED else ""
    log_event(session, contract, action, summary, actor=None, actor_label=who, now=now, reason=reason)
    notifications.contract_came_to_nothing(session, contract=contract, now=now)
    return contract


def _signatory(contract: Contract) -> str:
    signatory = contract.customer.signatory
    return f"Cliente: {signatory.name if signatory else contract.customer.name}"
