"""What a customer's record shows of its contracts: how far the best one is, and what waits for somebody."""

from typing import Any

from sqlalchemy import CompoundSelect, Row, null, select, union_all
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractRequest
from portal.contracts.rules import ContractState, contract_label
from portal.customers.queries import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.shared.auth import Permission

FARTHEST_FIRST = (
    ContractState.ACTIVE,
    ContractState.SUSPENDED,
    ContractState.ENDING,
    ContractState.AWAITING_PAYMENT,
    ContractState.AWAITING_SIGNATURE,
    ContractState.ENDED,
)
NOBODY_SIGNED = (ContractState.DECLINED, ContractState.EXPIRED)


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """The state of the contract that is farthest, and what waits. One statement.

    A contract that came to nothing waits for somebody until another one was made of the same quote.
    """
    actor, customer = asked.actor, asked.customer
    rows = session.execute(_contracts_and_changes(customer.id)).all()
    contracts = [row for row in rows if row.state is not None]
    states = {contract.state for contract in contracts}
    needs: list[Need] = []
    if actor.can(Permission.WRITE_CONTRACTS):
        latest = {contract.version_id: contract for contract in contracts}
        needs.extend(need for contract in latest.values() if (need := _need_of(contract)))
    if actor.can(Permission.WRITE_QUOTES) and len(contracts) < len(rows):
        needs.append(_take_over(customer.id))
    return Situation(
        state=next((state for state in FARTHEST_FIRST if state in states), None), needs=tuple(needs)
    )


def _contracts_and_changes(customer_id: int) -> CompoundSelect[*tuple[Any, ...]]:
    """A customer's contracts in their order and, without a state, the changes of partner that wait."""
    contracts = select(
        Contract.id, Contract.state, Contract.version_id, Contract.generation_asked_at.label("asked_at")
    ).where(Contract.customer_id == customer_id)
    changes = select(ContractRequest.id, null(), null(), null()).where(
        ContractRequest.customer_id == customer_id, ContractRequest.quote_id.is_(None)
    )
    return union_all(contracts, changes).order_by("id")


def _need_of(contract: Row[*tuple[Any, ...]]) -> Need | None:
    if contract.state is ContractState.DRAFT and contract.asked_at is None:
        return _need(contract.id, "O cliente aceitou a proposta.", "Gerar contrato")
    if contract.state in NOBODY_SIGNED:
        label = contract_label(contract.id)
        return _need(contract.id, f"O contrato {label} não foi assinado.", "Ver contrato")
    return None


def _take_over(customer_id: int) -> Need:
    return Need(
        text="Este cliente passa para você.",
        action="Fazer a proposta",
        endpoint="contracts.taken_over",
        values={"customer_id": customer_id},
    )


def _need(contract_id: int, text: str, action: str) -> Need:
    return Need(text=text, action=action, endpoint="contracts.show", values={"contract_id": contract_id})
