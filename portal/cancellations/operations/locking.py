"""Whoever closes or changes a case takes its contract first, then reads the case afresh."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.rules.cases import CaseClosed, CaseState
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.shared import audit


def locked_case(session: Session, case: CancellationCase) -> Contract:
    """The contract of an open case, both locked and read again.

    Raises:
        CaseClosed: somebody closed it before.
    """
    audit.lock_stream(session, customer_id=case.customer_id)
    contract = locked_contract(session, case.contract_id)
    state = session.scalar(
        select(CancellationCase.state).where(CancellationCase.id == case.id).with_for_update()
    )
    if state is not CaseState.OPEN:
        raise CaseClosed(state or CaseState.CANCELED)
    return contract
