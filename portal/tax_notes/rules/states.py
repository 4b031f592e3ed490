"""Where a nota fiscal stands, which way it may go, and what is refused. Pure."""

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

SEND_NOTE, SEND_CANCELLATION, PREPARE_NOTES = "send-tax-note", "cancel-tax-note", "prepare-tax-notes"


class NoteState(LabeledEnum):
    """Where a note stands. `SENT` also says that nobody knows yet what became of it."""

    QUEUED = "queued", "Na fila"
    SENT = "sent", "Enviada"
    AUTHORIZED = "authorized", "Autorizada"
    REJECTED = "rejected", "Rejeitada"
    WAITING = "waiting", "Aguardando"
    CANCELED = "canceled", "Cancelada"
    REPLACED = "replaced", "Substituída"


ISSUED = (NoteState.AUTHORIZED, NoteState.CANCELED, NoteState.REPLACED)
"""The office has them, with a key and a number."""
UNDER_WAY = (NoteState.QUEUED, NoteState.SENT)
CAN_BE_SENT = (NoteState.QUEUED, NoteState.SENT, NoteState.REJECTED, NoteState.WAITING)


class WaitingFor(LabeledEnum):
    """What a note waits for that was not sent."""

    LETTERS = "letters", "CNPJ com letras"
    SCHEMA = "schema", "Dados fora do esquema oficial"
    INVOICE = "invoice", "Fatura que não vale mais"


class CancellationState(LabeledEnum):
    """How the request to cancel a note stands."""

    ASKED = "asked", "Pedido"
    DONE = "done", "Cancelada"
    REFUSED = "refused", "Recusado"


class CancelReason(LabeledEnum):
    """Why a note is canceled: the codes of the layout."""

    MISTAKE = "1", "Erro na emissão"
    NOT_RENDERED = "2", "Serviço não prestado"
    OTHER = "9", "Outro motivo"


class ReplaceReason(LabeledEnum):
    """Why a note is replaced: those codes of the layout that a vendor of software meets."""

    OTHER = "99", "Dados da nota errados"
    TAKER_REFUSED = "05", "Recusada pelo cliente"
    LEFT_SIMPLES = "01", "Empresa saiu do Simples Nacional"
    JOINED_SIMPLES = "02", "Empresa entrou no Simples Nacional"


class NoteGone(Conflict):
    """It is not as it was when the page was opened."""

    def __init__(self) -> None:
        super().__init__("Esta nota mudou enquanto a página estava aberta. Confira como ela está agora.")


class CancellationOpen(Conflict):
    """Somebody asked before."""

    def __init__(self) -> None:
        super().__init__("O cancelamento desta nota já foi pedido. Aguarde a resposta da repartição.")


class ReplacementOpen(Conflict):
    """Another note is to take its place already."""

    def __init__(self) -> None:
        super().__init__("Já há uma nota que substitui esta. Abra a nova e veja como ela está.")


class NothingLeft(Refusal):
    """A discount takes all of a note."""

    def __init__(self) -> None:
        super().__init__(
            "O desconto precisa ser menor que o valor da nota. Se nada resta, cancele-a.", field="discount"
        )


class NotConfigured(Conflict):
    """The vendor issues no notes here."""

    def __init__(self) -> None:
        super().__init__("Nenhuma repartição fiscal está configurada neste portal: não há como emitir notas.")


class TooEarly(Refusal):
    """The month's notes are not due yet."""


def note_label(number: int, series: str) -> str:
    """What people call a note before and beside its fiscal number: "1/000012"."""
    return f"{series}/{number:06d}"
