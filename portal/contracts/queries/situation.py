"""What a customer's record shows of its contracts: how far the best one is, and what waits for somebody."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.requests import list_open_changes
from portal.contracts.rules import ContractState
from portal.customers.models import Customer
from portal.customers.rules import Need, Situation
from portal.shared.auth import Actor, Permission

FARTHEST_FIRST = (
    ContractState.ACTIVE,
    ContractState.SUSPENDED,
    ContractState.ENDING,
    ContractState.AWAITING_PAYMENT,
    ContractState.AWAITING_SIGNATURE,
    ContractState.ENDED,
)
NOBODY_SIGNED = (ContractState.DECLINED, ContractState.EXPIRED)


def situation_of_customer(session: Session, actor: Actor, customer: Customer, _now: datetime) -> Situation:
    """The state of the contract that is farthest, and what waits.

    A contract that came to nothing waits for somebody until another one was made of the same quote.
    """
    contracts = session.execute(
        select(Contract.id, Contract.state, Contract.version_id, Contract.generation_asked_at)
        .where(Contract.customer_id == customer.id)
        .order_by(Contract.id)
    ).all()
    states = {contract.state for contract in contracts}
    latest = {contract.version_id: contract for contract in contracts}
    needs = []
    if actor.can(Permission.WRITE_CONTRACTS):
        for contract in latest.values():
            if contract.state is ContractState.DRAFT and contract.generation_asked_at is None:
                needs.append(_need(contract.id, "O cliente aceitou a proposta.", "Gerar contrato"))
            elif contract.state in NOBODY_SIGNED:
                words = f"O contrato {contract.id:06d} não foi assinado."
                needs.append(_need(contract.id, words, "Ver contrato"))
    if actor.can(Permission.WRITE_QUOTES):
        needs.extend(
            Need(
                text="Este cliente passa para você.",
                action="Fazer a proposta",
                endpoint="contracts.taken_over",
                values={"customer_id": customer.id},
            )
            for _request in list_open_changes(session, customer.id, actor=actor)
        )
    return Situation(
        state=next((state for state in FARTHEST_FIRST if state in states), None), needs=tuple(needs)
    )


def _need(contract_id: int, text: str, action: str) -> Need:
    return Need(text=text, action=action, endpoint="contracts.show", values={"contract_id": contract_id})
