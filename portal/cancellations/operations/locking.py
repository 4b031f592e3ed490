"""Whoever closes or changes a case takes its contract first, then reads the case afresh."""

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.rules.cases import CaseClosed, CaseState, ContractReplaced
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.shared import audit


def locked_case(session: Session, case: CancellationCase) -> Contract:
    """The contract of an open case, both locked and read again.

    Raises:
        CaseClosed: somebody closed it before.
        ContractReplaced: another contract took the place of the case's.
    """
    contract = locked_closed_case(session, case)
    if case.state is not CaseState.OPEN:
        raise CaseClosed(case.state)
    return contract


def locked_closed_case(session: Session, case: CancellationCase) -> Contract:
    """As `locked_case`, in whatever state the case is.

    Raises:
        ContractReplaced: another contract took the place of the case's.
    """
    audit.lock_stream(session, customer_id=case.customer_id)
    contract = locked_contract(session, case.contract_id)
    session.flush()
    session.refresh(case, ["state", "contract_id"], with_for_update=True)
    if case.contract_id != contract.id:
        raise ContractReplaced
    return contract
