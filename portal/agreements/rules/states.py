"""What a debt agreement may be, and why something about it is refused. Pure."""

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

RENDER_AGREEMENT, WITHDRAW_STALE = "render-agreement", "withdraw-stale-agreement"
ENTRY = 0
"""The number of the entry among an agreement's parts."""


class AgreementState(LabeledEnum):
    """Where an agreement stands; the conditions are one table in docs/agreements.md."""

    OFFERED = "offered", "Aguardando assinatura"
    AWAITING_ENTRY = "awaiting_entry", "Aguardando entrada"
    RUNNING = "running", "Em andamento"
    FULFILLED = "fulfilled", "Cumprido"
    BROKEN = "broken", "Desfeito"
    WITHDRAWN = "withdrawn", "Retirado"
    DECLINED = "declined", "Recusado"
    EXPIRED = "expired", "Não assinado no prazo"


LIVE = (AgreementState.AWAITING_ENTRY, AgreementState.RUNNING)
"""It is signed and holds its invoices."""
HOLDING = (*LIVE, AgreementState.FULFILLED)


def agreement_label(agreement_id: int) -> str:
    """The number people call an agreement by: 12 → "AC-000012"."""
    return f"AC-{agreement_id:06d}"


def part_name(number: int, count: int) -> str:
    """ "Entrada", "Parcela 2 de 6"."""
    return "Entrada" if number == ENTRY else f"Parcela {number} de {count}"


class NothingToJoin(Conflict):
    """No invoice of the customer is overdue, or every one is on its way to be settled."""

    def __init__(self) -> None:
        super().__init__("Nenhuma fatura vencida pode entrar em um acordo agora.")


class NotByOneself(Conflict):
    """Beyond what a customer may do alone; finance may."""


class TermsRefused(Refusal):
    """Terms that make no agreement, or beyond the limits; says which would do."""


class FiguresStale(Conflict):
    """What the agreement is about is not what it was when it was made."""

    def __init__(self) -> None:
        super().__init__(
            "Os valores mudaram desde a simulação: houve um pagamento ou outra mudança em uma das faturas. "
            "Nada foi assinado. Faça uma nova simulação com os valores de hoje."
        )


class NoSignatory(Conflict):
    """Nobody is registered who could sign."""

    def __init__(self) -> None:
        super().__init__("O cadastro está sem responsável para assinar. Complete o cadastro e tente de novo.")


class NotLive(Conflict):
    """The agreement does not run."""

    def __init__(self, state: str) -> None:
        super().__init__(f"Este acordo não está em vigor: {state.lower()}.")
