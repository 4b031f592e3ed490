"""TEDs: what a customer says was sent, what the bank says came in, and who at finance agrees. Pure."""

from dataclasses import dataclass

from portal.shared.brazil import format_money
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

PDF_MARK, PDF_MARK_WITHIN = b"%PDF-", 1024  # PDF readers look for it so far; some programs write before it
PICTURE_TYPES = {  # by how the content begins, whatever the file's name says
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
}


class TedState(LabeledEnum):
    """Where a TED stands."""

    WAITING = "waiting", "A confirmar"
    CONFIRMED_ONCE = "confirmed_once", "Aguarda segunda confirmação"
    CONFIRMED = "confirmed", "Confirmada"
    REFUSED = "refused", "Não confirmada"


PENDING = frozenset({TedState.WAITING, TedState.CONFIRMED_ONCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofType:
    """What kind of file a proof is."""

    media_type: str
    extension: str


def proof_type(content: bytes) -> ProofType:
    """What a proof is, by its content.

    Raises:
        UnusableProof: empty, or neither PDF nor JPG nor PNG.
    """
    if not content:
        raise UnusableProof("Escolha o arquivo do comprovante.")
    for beginning, (media_type, extension) in PICTURE_TYPES.items():
        if content.startswith(beginning):
            return ProofType(media_type=media_type, extension=extension)
    if PDF_MARK in content[:PDF_MARK_WITHIN]:
        return ProofType(media_type="application/pdf", extension="pdf")
    raise UnusableProof("Envie o comprovante em PDF, JPG ou PNG.")


class OtherAmount(Refusal):
    """What was read in the statement is not what is open: one of them may be a slip of the typist."""

    def __init__(self, amount_cents: int, *, open_cents: int) -> None:
        super().__init__(
            f"Você escreveu {format_money(amount_cents)}; a fatura espera {format_money(open_cents)}. "
            "Corrija o valor ou marque aqui: o pagamento vai então para A conferir.",
            field="is_other_amount",
        )


class UnusableProof(Refusal):
    """The file is no proof."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="proof")


class AlreadyDecided(Conflict):
    """Somebody else confirmed or refused it first."""

    def __init__(self) -> None:
        super().__init__("Outra pessoa já decidiu sobre esta TED. Recarregue a página.")
