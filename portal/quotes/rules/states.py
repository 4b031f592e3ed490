"""The states of a quote's version and of an approval, and the moves between them."""

from enum import StrEnum

from portal.shared.refusals import Conflict


class QuoteState(StrEnum):
    """Where a version stands. Only the live version of a quote moves on."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    COUNTERED = "countered"
    SENT = "sent"
    ACCEPTED = "accepted"
    CONTRACTED = "contracted"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOIDED = "voided"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    QuoteState.DRAFT: "Rascunho",
    QuoteState.PENDING_APPROVAL: "Em aprovação",
    QuoteState.APPROVED: "Aprovado",
    QuoteState.REJECTED: "Recusado",
    QuoteState.COUNTERED: "Contraproposta",
    QuoteState.SENT: "Enviado",
    QuoteState.ACCEPTED: "Aceito",
    QuoteState.CONTRACTED: "Contratado",
    QuoteState.DECLINED: "Não aceito pelo cliente",
    QuoteState.EXPIRED: "Expirado",
    QuoteState.VOIDED: "Anulado",
}


class ApprovalState(StrEnum):
    """What became of a request to the account manager."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    COUNTERED = "countered"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return APPROVAL_LABELS[self]


APPROVAL_LABELS = {
    ApprovalState.PENDING: "Aguardando decisão",
    ApprovalState.APPROVED: "Aprovado",
    ApprovalState.REJECTED: "Recusado",
    ApprovalState.COUNTERED: "Contraproposta",
    ApprovalState.WITHDRAWN: "Retirado",
}

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
