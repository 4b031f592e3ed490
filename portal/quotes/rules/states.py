"""The states of a quote's version and of an approval, and the moves between them."""

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict


class QuoteState(LabeledEnum):
    """Where a version stands. Only the live version of a quote moves on."""

    DRAFT = "draft", "Rascunho"
    PENDING_APPROVAL = "pending_approval", "Em aprovação"
    APPROVED = "approved", "Aprovado"
    REJECTED = "rejected", "Recusado"
    COUNTERED = "countered", "Contraproposta"
    SENT = "sent", "Enviado"
    ACCEPTED = "accepted", "Aceito"
    CONTRACTED = "contracted", "Contratado"
    DECLINED = "declined", "Não aceito pelo cliente"
    EXPIRED = "expired", "Expirado"
    VOIDED = "voided", "Anulado"


class ApprovalState(LabeledEnum):
    """What became of a request to the account manager."""

    PENDING = "pending", "Aguardando decisão"
    APPROVED = "approved", "Aprovado"
    REJECTED = "rejected", "Recusado"
    COUNTERED = "countered", "Contraproposta"
    WITHDRAWN = "withdrawn", "Retirado"


TRANSITIONS: dict[QuoteState, frozenset[QuoteState]] = {
    QuoteState.DRAFT: frozenset({QuoteState.PENDING_APPROVAL, QuoteState.SENT, QuoteState.VOIDED}),
    QuoteState.PENDING_APPROVAL: frozenset(
        {QuoteState.APPROVED, QuoteState.REJECTED, QuoteState.COUNTERED, QuoteState.VOIDED}
    ),
    QuoteState.APPROVED: frozenset({QuoteState.SENT, QuoteState.VOIDED}),
    QuoteState.REJECTED: frozenset({QuoteState.VOIDED}),
    QuoteState.COUNTERED: frozenset({QuoteState.VOIDED}),
    QuoteState.SENT: frozenset(
        {QuoteState.ACCEPTED, QuoteState.DECLINED, QuoteState.EXPIRED, QuoteState.VOIDED}
    ),
    QuoteState.ACCEPTED: frozenset({QuoteState.CONTRACTED}),
    QuoteState.CONTRACTED: frozenset(),
    QuoteState.DECLINED: frozenset(),
    QuoteState.EXPIRED: frozenset(),
    QuoteState.VOIDED: frozenset(),
}

# From these the next version is made; from draft one simply goes on, from the others one clones.
REVISABLE = frozenset(
    {
        QuoteState.APPROVED,
        QuoteState.REJECTED,
        QuoteState.COUNTERED,
        QuoteState.SENT,
        QuoteState.DECLINED,
        QuoteState.EXPIRED,
    }
)
VOIDABLE = frozenset(state for state, targets in TRANSITIONS.items() if QuoteState.VOIDED in targets)
SHOWN_TO_CUSTOMER = frozenset(
    {
        QuoteState.SENT,
        QuoteState.ACCEPTED,
        QuoteState.CONTRACTED,
        QuoteState.DECLINED,
        QuoteState.EXPIRED,
    }
)


class NotPossibleNow(Conflict):
    """The quote is in a state that does not allow what was asked."""


def require_transition(state: QuoteState, target: QuoteState) -> None:
    """Raise `NotPossibleNow`, naming the present state, unless `state` may become `target`."""
    if target not in TRANSITIONS[state]:
        raise NotPossibleNow(_refused_because(state))


def require_revisable(state: QuoteState) -> None:
    """Raise `NotPossibleNow` unless the next version may be made from a version in `state`."""
    if state not in REVISABLE:
        raise NotPossibleNow(_refused_because(state))


def require_draft(state: QuoteState) -> None:
    """Raise `NotPossibleNow` unless the version may still be edited."""
    if state is not QuoteState.DRAFT:
        raise NotPossibleNow(_refused_because(state))


def waits_for_approval(state: QuoteState, *, needs_approval: bool) -> bool:
    """Whether a live version is held back from the customer by an approval it has not got."""
    return (state is QuoteState.DRAFT and needs_approval) or state in (
        QuoteState.PENDING_APPROVAL,
        QuoteState.REJECTED,
        QuoteState.COUNTERED,
    )


def _refused_because(state: QuoteState) -> str:
    match state:
        case QuoteState.DRAFT:
            return "Este orçamento ainda é um rascunho. Edite-o, ou envie-o quando estiver pronto."
        case QuoteState.PENDING_APPROVAL:
            return (
                "Este orçamento está em aprovação e por isso está bloqueado. "
                "Aguarde a decisão ou retire o pedido."
            )
        case QuoteState.VOIDED | QuoteState.ACCEPTED | QuoteState.CONTRACTED:
            return f"Este orçamento está {state.label.lower()} e não muda mais. Para um novo, faça uma cópia."
        case _:
            return (
                f"Este orçamento está como “{state.label}”. "
                "Atualize a página e veja o que é possível fazer agora."
            )
