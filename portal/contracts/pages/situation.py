"""What other pages show of contracts: what waits at a customer, and what a partner's end touches."""

from sqlalchemy.orm import Session

from portal.contracts.queries.listing import ContractOrChange, count_unsigned, list_contracts_and_changes
from portal.contracts.rules.states import ContractState, contract_label
from portal.customers.queries.reading import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.partners.queries.partners import BusinessOfPartner
from portal.shared.auth import Permission

NOBODY_SIGNED = (ContractState.DECLINED, ContractState.EXPIRED)


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """What waits. One statement.

    A contract that was dropped waits for somebody until another one was made of the same quote.
    """
    actor, customer = asked.actor, asked.customer
    rows = list_contracts_and_changes(session, customer.id)
    contracts = [row for row in rows if row.state is not None]
    needs: list[Need] = []
    if actor.can(Permission.WRITE_CONTRACTS):
        latest = {contract.version_id: contract for contract in contracts}
        needs.extend(need for contract in latest.values() if (need := _need_of(contract)))
    if actor.can(Permission.WRITE_QUOTES) and len(contracts) < len(rows):
        needs.append(_take_over(customer.id))
    return Situation(needs=tuple(needs))


def unsigned_contracts_of_partner(session: Session, asked: BusinessOfPartner) -> str:
    """How many wait for their signature. They are with the vendor and go on without the reseller."""
    count = count_unsigned(session, asked.partner_id)
    if not count:
        return ""
    if count == 1:
        return "1 contrato aguarda assinatura e continua valendo: o cliente ainda pode assinar e pagar."
    return (
        f"{count} contratos aguardam assinatura e continuam valendo: os clientes ainda podem assinar e pagar."
    )


def _need_of(contract: ContractOrChange) -> Need | None:
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
