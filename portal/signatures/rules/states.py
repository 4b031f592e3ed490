"""Where a signature stands, and what may have happened on the way."""

from enum import StrEnum

from portal.shared.labels import LabeledEnum


class EnvelopeState(LabeledEnum):
    """Where a file given to somebody to sign stands."""

    OPEN = "open", "Aguardando assinatura"
    SEALING = "sealing", "Assinado, preparando o arquivo"
    SIGNED = "signed", "Assinado"
    DECLINED = "declined", "Assinatura recusada"
    EXPIRED = "expired", "Prazo vencido"
    CANCELED = "canceled", "Cancelado"


CAN_BE_SENT_AGAIN = frozenset({EnvelopeState.OPEN, EnvelopeState.EXPIRED})


class EventKind(LabeledEnum):
    """A step on the way to a signature; kept for ever, as evidence."""

    SENT = "sent", "Link de assinatura enviado"
    OPENED = "opened", "Link aberto"
    VIEWED = "viewed", "Documento visto"
    AGREED = "agreed", "Declarou que leu e concorda com os termos"
    CODE_SENT = "code_sent", "Código enviado por e-mail"
    CODE_REFUSED = "code_refused", "Identificação não confirmada"
    CODE_VERIFIED = "code_verified", "Nome, CPF e código confirmados"
    POSTPONED = "postponed", "Deixou para assinar depois"
    SIGNED = "signed", "Assinou"
    SEALED = "sealed", "Arquivo selado"
    DECLINED = "declined", "Recusou a assinatura"
    RESENT = "resent", "Link enviado de novo"
    REMINDED = "reminded", "Lembrete enviado"
    EXPIRED = "expired", "Prazo para assinar vencido"
    CANCELED = "canceled", "Assinatura cancelada"


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
