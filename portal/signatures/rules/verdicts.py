"""What the public check of a file answers, in words."""

from enum import StrEnum

from portal.signatures.rules.seals import SealFinding, SealReading


class Verdict(StrEnum):
    """What a file is, as far as the portal can tell."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"
    CHANGED = "changed"
    EXTENDED = "extended"
    NOT_IDENTICAL = "not_identical"
    OTHER_CERTIFICATE = "other_certificate"
    UNREADABLE_SEAL = "unreadable_seal"
    NOT_SEALED = "not_sealed"
    NOT_A_PDF = "not_a_pdf"

    @property
    def heading(self) -> str:
        return _HEADINGS[self]

    @property
    def explanation(self) -> str:
        return _EXPLANATIONS[self]

    @property
    def tone(self) -> str:
        """As the notices of the pages are toned."""
        return {"genuine": "good", "unsigned": "needs"}.get(self.value, "refused")


_ASK = "Peça o arquivo original a quem o enviou, ou consulte pelo código impresso na página de assinatura."
_HEADINGS = {
    Verdict.GENUINE: "Documento autêntico",
    Verdict.UNSIGNED: "Documento nosso, mas sem assinatura",
    Verdict.CHANGED: "Documento alterado depois de assinado",
    Verdict.EXTENDED: "Algo foi acrescentado depois da assinatura",
    Verdict.NOT_IDENTICAL: "Não é igual a nenhum arquivo nosso",
    Verdict.OTHER_CERTIFICATE: "O selo não é nosso",
    Verdict.UNREADABLE_SEAL: "O selo está danificado",
    Verdict.NOT_SEALED: "Este PDF não tem selo",
    Verdict.NOT_A_PDF: "Este arquivo não é um PDF",
}
_GENUINE = "Este arquivo é, byte a byte, o que foi assinado e selado aqui. Nada mudou desde então."
_UNSIGNED = (
    "Este é o arquivo que foi enviado para assinar, sem a assinatura. Ele não prova que alguém assinou."
)
_CHANGED = "O selo é nosso, mas o conteúdo não é mais o que foi selado. Não confie neste arquivo."
_EXTENDED = (
    "O selo é nosso e a parte selada está inteira, mas o arquivo continua depois dela: alguém o salvou de "
    "novo, comentou ou acrescentou algo."
)
_NOT_IDENTICAL = (
    "O selo é nosso e confere, mas o arquivo não é, byte a byte, o que guardamos: houve mudança em uma parte "
    "que o selo não cobre."
)
_OTHER_CERTIFICATE = (
    "Este PDF tem uma assinatura digital feita com um certificado que não é o do portal. Ele não foi "
    "assinado aqui, ou o selo foi trocado."
)
_UNREADABLE_SEAL = "Há uma assinatura digital neste PDF, mas ela não pode ser lida: o arquivo foi alterado."
_NOT_SEALED = (
    "Um documento assinado aqui leva um selo digital. Este não tem: ou não foi assinado aqui, ou foi "
    "impresso e digitalizado, ou salvo de novo por um programa que retira o selo."
)
_NOT_A_PDF = "Envie o arquivo PDF que você recebeu, não uma foto nem um documento de texto."
_EXPLANATIONS = {
    Verdict.GENUINE: _GENUINE,
    Verdict.UNSIGNED: _UNSIGNED,
    Verdict.CHANGED: f"{_CHANGED} {_ASK}",
    Verdict.EXTENDED: f"{_EXTENDED} {_ASK}",
    Verdict.NOT_IDENTICAL: f"{_NOT_IDENTICAL} {_ASK}",
    Verdict.OTHER_CERTIFICATE: f"{_OTHER_CERTIFICATE} {_ASK}",
    Verdict.UNREADABLE_SEAL: f"{_UNREADABLE_SEAL} {_ASK}",
    Verdict.NOT_SEALED: f"{_NOT_SEALED} {_ASK}",
    Verdict.NOT_A_PDF: _NOT_A_PDF,
}
_OF_STRANGERS = {
    SealFinding.NOT_A_PDF: Verdict.NOT_A_PDF,
    SealFinding.NOT_SEALED: Verdict.NOT_SEALED,
    SealFinding.UNREADABLE: Verdict.UNREADABLE_SEAL,
}
_OF_OURS = {
    SealFinding.INTACT: Verdict.NOT_IDENTICAL,
    SealFinding.EXTENDED: Verdict.EXTENDED,
    SealFinding.ALTERED: Verdict.CHANGED,
}


def judge_unknown_file(reading: SealReading, *, is_our_certificate: bool) -> Verdict:
    """What a file is whose SHA-256 is none of ours."""
    if reading.finding in _OF_STRANGERS:
        return _OF_STRANGERS[reading.finding]
    if not reading.fingerprint:
        return Verdict.UNREADABLE_SEAL
    return _OF_OURS[reading.finding] if is_our_certificate else Verdict.OTHER_CERTIFICATE
