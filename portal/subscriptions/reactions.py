"""What follows for a subscription from the end of its contract."""

from sqlalchemy.orm import Session

from portal.contracts.events import ContractEnded, ContractEnding, EndTakenBack, ServicesEnding
from portal.subscriptions.operations import dropping, ending


def limit_billing(session: Session, event: ContractEnding) -> None:
    """Its last day is known: nothing falls due after it, and no month after it is billed."""
    limit = ending.limit_billing if event.is_followed else ending.limit_months
    limit(session, contract_id=event.contract_id, last_day=event.last_day)


def bill_on(session: Session, event: EndTakenBack) -> None:
    """It goes on."""
    ending.bill_on(session, contract_id=event.contract_id)


def drop_services(session: Session, event: ServicesEnding) -> None:
    """Some of its services are billed no more."""
    dropping.drop_services(
        session, contract_id=event.contract_id, codes=event.codes, last_day=event.last_day, now=event.at
    )


def end_subscription(session: Session, event: ContractEnded) -> None:
    """It is over."""
    ending.end_subscription(session, contract_id=event.contract_id, at=event.at)
