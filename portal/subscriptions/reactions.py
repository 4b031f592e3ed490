"""What follows for a subscription from the end of its contract."""

from sqlalchemy.orm import Session

from portal.contracts.events import ContractEnded, ContractEnding
from portal.subscriptions.operations import ending


def limit_billing(session: Session, event: ContractEnding) -> None:
    """Its last day is known: nothing falls due after it."""
    ending.limit_billing(session, contract_id=event.contract_id, last_day=event.last_day)


def end_subscription(session: Session, event: ContractEnded) -> None:
    """It is over."""
    ending.end_subscription(session, contract_id=event.contract_id, at=event.at)
