"""Whoever closes or changes a case takes its contract first, then reads the case afresh."""

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
    contract = locked_closed_case(session, case)
    if case.state is not CaseState.OPEN:
        raise CaseClosed(case.state)
    return contract


def locked_closed_case(session: Session, case: CancellationCase) -> Contract:
    """As `locked_case`, in whatever state the case is."""
    audit.lock_stream(session, customer_id=case.customer_id)
    contract = locked_contract(session, case.contract_id)
    session.flush()
    session.refresh(case, ["state"], with_for_update=True)
    return contract
