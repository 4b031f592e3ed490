"""Decisions about quotes: states and who may move them. Pure; see product.md's section in docs/journey.md."""

from enum import StrEnum


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
