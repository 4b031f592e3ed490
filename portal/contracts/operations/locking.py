"""One step at a time: whoever changes a contract first takes its row, then reads afresh.

The customer's log is taken first, then the envelope, its contract, the contract's invoices and its quote's
proposal, always in this order, so that no two transactions wait for each other (decision 9).
"""

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract, lock_contract
from portal.shared.auth import Actor, Permission
from portal.shared.refusals import Forbidden
from portal.signatures.models import Envelope
from portal.signatures.operations.locking import locked_envelope


def locked_contract(session: Session, contract_id: int) -> Contract:
    """The contract with everything its page shows, read after its row was taken."""
    lock_contract(session, contract_id)
    return load_contract(session, contract_id)


def locked_with_envelope(session: Session, contract: Contract) -> tuple[Contract, Envelope | None]:
    """The contract and the envelope it has now, taken in the right order."""
    envelope = locked_envelope(session, contract.envelope_id) if contract.envelope_id else None
    locked = locked_contract(session, contract.id)
    if locked.envelope_id != (envelope.id if envelope else None):  # it came between our two looks
        envelope = locked_envelope(session, locked.envelope_id) if locked.envelope_id else None
    return locked, envelope


def require_writer(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor may act on contracts. Which ones is for the queries to say."""
    if not actor.can(Permission.WRITE_CONTRACTS):
        raise Forbidden
