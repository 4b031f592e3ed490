"""Kinds of contracts, the states they go through, and which change is possible when."""

from enum import StrEnum

from portal.shared.refusals import Conflict


class ContractKind(StrEnum):
    """Why there is a contract."""

    ACTIVATION = "activation"
    MOVE = "move"
    AMENDMENT = "amendment"
    PARTNER_CHANGE = "partner_change"
    RENEWAL = "renewal"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]

    @property
    def follows_own_contract(self) -> bool:
        """Whether it replaces an earlier contract of the same partner."""
        return self in FOLLOWING_KINDS


KIND_LABELS = {
    ContractKind.ACTIVATION: "Nova contratação",
    ContractKind.MOVE: "Mudança para a Central de Cobranças",
    ContractKind.AMENDMENT: "Aditivo",
    ContractKind.PARTNER_CHANGE: "Troca de parceiro",
    ContractKind.RENEWAL: "Renovação",
}
FOLLOWING_KINDS = frozenset({ContractKind.MOVE, ContractKind.AMENDMENT, ContractKind.RENEWAL})


class ContractState(StrEnum):
    """Where a contract stands."""

    DRAFT = "draft"
    AWAITING_SIGNATURE = "awaiting_signature"
    AWAITING_PAYMENT = "awaiting_payment"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDING = "ending"
    ENDED = "ended"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    ContractState.DRAFT: "Rascunho",
    ContractState.AWAITING_SIGNATURE: "Aguardando contrato",
    ContractState.AWAITING_PAYMENT: "Aguardando pagamento",
    ContractState.ACTIVE: "Ativo",
    ContractState.SUSPENDED: "Suspenso",
    ContractState.ENDING: "Encerrando",
    ContractState.ENDED: "Encerrado",
    ContractState.DECLINED: "Recusado",
    ContractState.EXPIRED: "Expirado",
    ContractState.CANCELED: "Cancelado",
}

TRANSITIONS: dict[ContractState, frozenset[ContractState]] = {
    ContractState.DRAFT: frozenset({ContractState.AWAITING_SIGNATURE, ContractState.CANCELED}),
    ContractState.AWAITING_SIGNATURE: frozenset(
        {
            ContractState.AWAITING_PAYMENT,
            ContractState.DECLINED,
            ContractState.EXPIRED,
            ContractState.CANCELED,
        }
    ),
    ContractState.AWAITING_PAYMENT: frozenset({ContractState.ACTIVE, ContractState.CANCELED}),
    ContractState.ACTIVE: frozenset({ContractState.SUSPENDED, ContractState.ENDING, ContractState.ENDED}),
    ContractState.SUSPENDED: frozenset({ContractState.ACTIVE, ContractState.ENDING, ContractState.ENDED}),
    ContractState.ENDING: frozenset({ContractState.ENDED}),
    ContractState.ENDED: frozenset(),
    ContractState.DECLINED: frozenset(),
    ContractState.EXPIRED: frozenset(),
    ContractState.CANCELED: frozenset(),
}
CANCELABLE = frozenset(state for state, targets in TRANSITIONS.items() if ContractState.CANCELED in targets)
CAME_TO_NOTHING = frozenset({ContractState.DECLINED, ContractState.EXPIRED, ContractState.CANCELED})
IN_FORCE = frozenset({ContractState.ACTIVE, ContractState.SUSPENDED, ContractState.ENDING})
WAITS = frozenset({ContractState.DRAFT, ContractState.AWAITING_SIGNATURE, ContractState.AWAITING_PAYMENT})


def contract_label(contract_id: int) -> str:
    """The number people call a contract by: "000123"."""
    return f"{contract_id:06d}"


class NotPossibleNow(Conflict):
    """The contract is in a state that does not allow what was asked."""


def require_transition(state: ContractState, target: ContractState) -> None:
    """Raise `NotPossibleNow`, naming the present state, unless `state` may become `target`."""
    if target not in TRANSITIONS[state]:
        raise NotPossibleNow(refused_because(state))


def require_state(state: ContractState, *allowed: ContractState) -> None:
    """Raise `NotPossibleNow`, naming the present state, unless it is one of the allowed."""
    if state not in allowed:
        raise NotPossibleNow(refused_because(state))


def refused_because(state: ContractState) -> str:
    """Why a contract in this state does not allow what was asked."""
    match state:
        case ContractState.DRAFT:
            return "Este contrato ainda não foi gerado."
        case ContractState.AWAITING_SIGNATURE:
            return "Este contrato já foi gerado e espera a assinatura do responsável."
        case ContractState.AWAITING_PAYMENT:
            return "Este contrato já foi assinado e espera o primeiro pagamento."
        case _:
            return (
                f"Este contrato está {state.label.lower()}. Atualize a página e veja o que é possível fazer."
            )
