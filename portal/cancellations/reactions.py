"""What follows for requests to leave from contracts that take effect."""

from sqlalchemy.orm import Session

from portal.cancellations.operations.following import follow_contract
from portal.contracts.events import ContractActivated


def follow_change(session: Session, event: ContractActivated) -> None:
    """The open request about what it replaces is about this contract from now on."""
    follow_contract(session, contract_id=event.contract_id, now=event.at)
