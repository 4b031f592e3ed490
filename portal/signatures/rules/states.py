"""Where a signature stands, and what may have happened on the way."""

from enum import StrEnum


class EnvelopeState(StrEnum):
    """Where a file given to somebody to sign stands."""

    OPEN = "open"
    SEALING = "sealing"
    SIGNED = "signed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    EnvelopeState.OPEN: "Aguardando assinatura",
    EnvelopeState.SEALING: "Assinado, preparando o arquivo",
    EnvelopeState.SIGNED: "Assinado",
    EnvelopeState.DECLINED: "Assinatura recusada",
    EnvelopeState.EXPIRED: "Prazo vencido",
    EnvelopeState.CANCELED: "Cancelado",
}
CAN_BE_SENT_AGAIN = frozenset({EnvelopeState.OPEN, EnvelopeState.EXPIRED})


class EventKind(StrEnum):
    """A step on the way to a signature; kept for ever, as evidence."""

    SENT = "sent"
    OPENED = "opened"
    VIEWED = "viewed"
    AGREED = "agreed"
    CODE_SENT = "code_sent"
    CODE_REFUSED = "code_refused"
    CODE_VERIFIED = "code_verified"
    POSTPONED = "postponed"
    SIGNED = "signed"
    SEALED = "sealed"
    DECLINED = "declined"
    RESENT = "resent"
    REMINDED = "reminded"
    EXPIRED = "expired"
    CANCELED = "canceled"

    @property
    def label(self) -> str:
        return EVENT_LABELS[self]


EVENT_LABELS = {
    EventKind.SENT: "Link de assinatura enviado",
    EventKind.OPENED: "Link aberto",
    EventKind.VIEWED: "Documento visto",
    EventKind.AGREED: "Declarou que leu e concorda com os termos",
    EventKind.CODE_SENT: "Código enviado por e-mail",
    EventKind.CODE_REFUSED: "Identificação não confirmada",
    EventKind.CODE_VERIFIED: "Nome, CPF e código confirmados",
    EventKind.POSTPONED: "Deixou para assinar depois",
    EventKind.SIGNED: "Assinou",
    EventKind.SEALED: "Arquivo selado",
    EventKind.DECLINED: "Recusou a assinatura",
    EventKind.RESENT: "Link enviado de novo",
    EventKind.REMINDED: "Lembrete enviado",
    EventKind.EXPIRED: "Prazo para assinar vencido",
    EventKind.CANCELED: "Assinatura cancelada",
}


class LinkStatus(StrEnum):
    """What somebody finds behind a signing link."""

    OPEN = "open"
    SEALING = "sealing"
    SIGNED = "signed"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REPLACED = "replaced"


def link_status(state: EnvelopeState, *, is_revoked: bool, is_overdue: bool) -> LinkStatus:
    """What a link shows: a revoked one leads nowhere any more, whatever became of the file since."""
    if is_revoked:
        return LinkStatus.CANCELED if state is EnvelopeState.CANCELED else LinkStatus.REPLACED
    if state is EnvelopeState.OPEN and is_overdue:
        return LinkStatus.EXPIRED
    return LinkStatus(state.value)
