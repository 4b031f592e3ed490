"""A request to leave stays with the customer's service when another contract takes the place of its own."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.queries.cases import find_open_case_before, load_case
from portal.contracts.models import Contract
from portal.shared import audit


def follow_contract(session: Session, *, contract_id: int, now: datetime) -> None:
    """Have the open case of what an active contract replaced be about that one; its row is taken.

    A customer who asked to leave is not asked a second time because an amendment signed before, or a change
    of partner, came into force meanwhile. Protocol and time stay.
    """
    contract = session.get_one(Contract, contract_id)
    former_id = contract.base_contract_id or contract.taken_over_from_id
    if former_id is None:
        return
    case = find_open_case_before(session, contract_id, former_id=former_id)
    if case is None:
        return
    whose = {name: getattr(contract, name) for name in ("partner_id", "customer_id")}
    session.execute(
        update(CancellationCase)
        .where(CancellationCase.id == case.id)
        .values(contract_id=contract.id, **whose)
        .execution_options(synchronize_session=False)
    )
    session.expire(case)
    audit.record(
        session,
        action="cancellation_followed",
        summary=f"Pedido de cancelamento {case.protocol} passa ao contrato {contract.label}",
        subject=load_case(session, case.id),
        actor=None,
        now=now,
    )
