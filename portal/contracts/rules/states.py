"""Kinds of contracts, the states they go through, and which change is possible when."""

from datetime import date

from portal.shared.brazil import format_date
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict

# Jobs of this room.
RENDER_CONTRACT, TELL_ACTIVE, DROP_CHANGES = "render_contract", "tell_active", "drop_changes"


class ContractKind(LabeledEnum):
    """Why there is a contract."""

    ACTIVATION = "activation", "Nova contratação"
    MOVE = "move", "Mudança para a Central de Cobranças"
    AMENDMENT = "amendment", "Aditivo"
    PARTNER_CHANGE = "partner_change", "Troca de parceiro"
    RENEWAL = "renewal", "Renovação"

    @property
    def follows_own_contract(self) -> bool:
        """Whether it replaces an earlier contract of the same partner."""
        return self in FOLLOWING_KINDS


FOLLOWING_KINDS = frozenset({ContractKind.MOVE, ContractKind.AMENDMENT, ContractKind.RENEWAL})


class ContractState(LabeledEnum):
    """Where a contract stands."""

    DRAFT = "draft", "Rascunho"
    AWAITING_SIGNATURE = "awaiting_signature", "Aguardando contrato"
    AWAITING_PAYMENT = "awaiting_payment", "Aguardando pagamento"
    ACTIVE = "active", "Ativo"
    SUSPENDED = "suspended", "Suspenso"
    ENDING = "ending", "Encerrando"
    ENDED = "ended", "Encerrado"
    DECLINED = "declined", "Recusado"
    EXPIRED = "expired", "Expirado"
    CANCELED = "canceled", "Cancelado"


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
    ContractState.ENDING: frozenset({ContractState.ENDED, ContractState.ACTIVE}),
    ContractState.ENDED: frozenset(),
    ContractState.DECLINED: frozenset(),
    ContractState.EXPIRED: frozenset(),
    ContractState.CANCELED: frozenset(),
}
CANCELABLE = frozenset(state for state, targets in TRANSITIONS.items() if ContractState.CANCELED in targets)
NEVER_ACTIVE = frozenset({ContractState.DECLINED, ContractState.EXPIRED, ContractState.CANCELED})
IN_FORCE = frozenset({ContractState.ACTIVE, ContractState.SUSPENDED, ContractState.ENDING})
WAITS = frozenset({ContractState.DRAFT, ContractState.AWAITING_SIGNATURE, ContractState.AWAITING_PAYMENT})


def contract_label(contract_id: int) -> str:
    """The number people call a contract by: "000123"."""
    return f"{contract_id:06d}"


class NotPossibleNow(Conflict):
    """The contract is in a state that does not allow what was asked."""


class ContractPaused(Conflict):
    """The customer wants no service for some time: until then nothing changes, whoever asks."""

    def __init__(self, until: date, *, is_told_to_customer: bool = False) -> None:
        how = "encerre a pausa no pedido de cancelamento em que ela foi combinada."
        if is_told_to_customer:
            how = "peça o fim da pausa a quem enviou esta proposta; depois ela pode ser aceita."
        super().__init__(f"Este contrato tem uma pausa até {format_date(until)}. Para mudá-lo antes, {how}")


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
