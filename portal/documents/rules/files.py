"""Kinds of stored files, and why one is not served. Pure."""

from collections.abc import Sequence

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Refusal


class FileKind(LabeledEnum):
    """What a stored file is."""

    CONTRACT = "contract", "Contrato sem assinatura"
    SIGNED_CONTRACT = "signed_contract", "Contrato assinado"
    BOLETO_SLIP = "boleto_slip", "Boleto"
    TED_PROOF = "ted_proof", "Comprovante de TED"
    REFUND_PROOF = "refund_proof", "Comprovante de devolução"


class FileDamaged(Refusal):
    """What is stored is no longer what was stored (invariant L2): it is not served."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            "Este arquivo não confere com a impressão digital registrada quando foi guardado. Por segurança, "
            "ele não é entregue. Nossa equipe foi avisada e vai restaurar o original."
        )


class FilesDamaged(Refusal):
    """The check found files that are not what was stored; the run counts as failed: somebody looks."""

    def __init__(self, numbers: Sequence[int], *, checked: int) -> None:
        super().__init__(
            f"Documentos conferidos: {checked}. Danificados: {len(numbers)} "
            f"(números {', '.join(map(str, numbers))}). Restaure-os de uma cópia de segurança."
        )


def size_in_words(size: int) -> str:
    """Bytes as people read them: 71111 → "72 kB", 1300000 → "1,3 MB"; never less than there is."""
    if size >= 1_000_000:
        tenths = -(-size // 100_000)
        return f"{tenths // 10},{tenths % 10} MB"
    return f"{-(-size // 1000)} kB"
