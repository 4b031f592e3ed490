"""A customer who canceled wants to stay after all, before the last day of service is over."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.locking import locked_closed_case
from portal.cancellations.rules.cases import CannotTakeBack, CaseState, WordsMissing
from portal.cancellations.rules.settlement import Fate
from portal.contracts.models import Contract
from portal.contracts.operations.ending import take_back_end
from portal.contracts.operations.locking import require_writer
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.overdue.operations.recomputing import recompute_contract
from portal.shared import audit
from portal.shared.auth import Actor


def take_back(
    session: Session,
    *,
    case: CancellationCase,
    reason: str,
    actor: Actor | None,
    address: str = "",
    now: datetime,
) -> None:
    """Let the contract go on as it was: billed from where it stood, months that were dropped billed anew.

    Without an `actor` the customer does it, who is at an `address`.

    Raises:
        WordsMissing: at `words`.
        CannotTakeBack: the contract has ended, only some services ended, or it was taken back before.
    """
    if actor is not None:
        require_writer(actor)
    if not reason.strip():
        raise WordsMissing
    contract = locked_closed_case(session, case)
    ends = contract.state is ContractState.ENDING
    if case.state is not CaseState.CANCELED or case.services or not ends:
        raise CannotTakeBack
    take_back_end(session, contract=contract, reason=reason.strip(), actor=actor, now=now)
    case.state, case.taken_back_at = CaseState.TAKEN_BACK, now
    case.taken_back_by_id, case.taken_back_reason = actor.user_id if actor else None, reason.strip()
    session.flush()
    audit.record(
        session,
        action="cancellation_taken_back",
        summary=f"Cancelamento {case.protocol} desfeito: o contrato {contract.label} continua",
        subject=case,
        actor=actor,
        actor_label=address,
        now=now,
        reason=case.taken_back_reason,
    )
    _bill_again(session, case, contract, now=now)
    recompute_contract(session, contract_id=contract.id, now=now)


def _bill_again(session: Session, case: CancellationCase, contract: Contract, *, now: datetime) -> None:
    """What was dropped is owed again, by a new invoice of the same payment."""
    dropped = [int(invoice_id) for invoice_id, fate in case.fates.items() if fate == Fate.DROPPED]
    numbers = session.scalars(select(Invoice.installment_number).where(Invoice.id.in_(dropped)))
    for number in sorted(number for number in numbers if number is not None):
        issue_installment(session, contract=contract, number=number, instead_of_void=True, now=now)
