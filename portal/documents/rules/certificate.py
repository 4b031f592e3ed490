"""What the certificate page of a signed file says, as plain data. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.shared.brazil import format_document, format_phone
from portal.shared.clock import SAO_PAULO

CERTIFICATE_LAYOUT = "certificate_1"
DEVELOPMENT_WARNING = (
    "Certificado de desenvolvimento: o selo deste arquivo foi feito por um certificado de teste, que nenhuma "
    "autoridade reconhece. Serve para experimentar o portal e não tem valor fora dele."
)

SIMPLE_SIGNATURE = (
    "Assinatura eletrônica simples (Lei 14.063/2020, art. 4º, I): o responsável foi identificado por nome, "
    "CPF e código enviado ao e-mail registrado acima. As partes a aceitam como meio válido de comprovar a "
    "autoria e a integridade deste documento (Medida Provisória 2.200-2/2001, art. 10, § 2º). O responsável "
    "não usou certificado digital próprio; não se trata de assinatura qualificada (ICP-Brasil)."
)

WHAT_A_SEAL_PROVES = (
    "O selo prova que o arquivo não mudou depois de selado; não substitui a assinatura do responsável."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEvent:
    """A step of the signature: `at` any aware instant, `what` in words, `ip` and `device` "" if unknown."""

    at: datetime
    what: str
    ip: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSheet:
    """Everything that proves a signature, for the pages after the document's own.

    `unsigned_sha256` is that of the file the signer read (`unsigned_name`, `unsigned_size` in bytes).
    `signer_cpf` and `signer_phone` without punctuation. `seal_holder` and `seal_issuer` are the names in
    the certificate that seals the file, `time_stamp_authority` is "" without one.
    """

    document_title: str
    document_number: str
    unsigned_name: str
    unsigned_size: int
    unsigned_sha256: str
    signer_name: str
    signer_cpf: str
    signer_email: str
    signer_phone: str = ""
    signed_for: str
    signed_at: datetime
    events: tuple[CertificateEvent, ...]
    verification_code: str
    verification_url: str
    seal_holder: str
    seal_issuer: str
    time_stamp_authority: str = ""
    is_development: bool


def certificate_to_json(sheet: CertificateSheet) -> dict[str, Any]:
    """The sheet in words, as its layout takes it; hours are those of São Paulo."""
    title, number = sheet.document_title, sheet.document_number
    return {
        "document": title if number in title else f"{title} · {number}",
        "file": [
            ["Arquivo original", f"{sheet.unsigned_name} ({_bytes(sheet.unsigned_size)})"],
            ["SHA-256 do original", sheet.unsigned_sha256],
        ],
        "signer": [
            ["Nome", sheet.signer_name],
            ["CPF", format_document(sheet.signer_cpf)],
            ["E-mail", sheet.signer_email],
            ["Telefone", format_phone(sheet.signer_phone) if sheet.signer_phone else ""],
            ["Assina por", sheet.signed_for],
            ["Assinado em", f"{_local(sheet.signed_at)} (hora de São Paulo, {_offset(sheet.signed_at)})"],
        ],
        "events": [
            {"at": _local(event.at), "what": event.what, "ip": event.ip, "device": event.device}
            for event in sheet.events
        ],
        "level": list(level_of(sheet)),
        "development": DEVELOPMENT_WARNING if sheet.is_development else "",
        "code": sheet.verification_code,
        "url": sheet.verification_url,
    }


def level_of(sheet: CertificateSheet) -> tuple[str, ...]:
    """What this signature is by law, no more and no less, in paragraphs.

    The signer proves their identity by name, CPF and a code sent by e-mail, without a certificate of their
    own: that is the simple signature of Lei 14.063/2020, art. 4º, I, valid between parties who accept it (MP
    2.200-2/2001, art. 10, § 2º).
    """
    stamp = (
        f", com carimbo do tempo de {sheet.time_stamp_authority}."
        if sheet.time_stamp_authority
        else "; a data e a hora são as do servidor do portal, sem carimbo do tempo de terceiros."
    )
    seal = f"O arquivo foi selado com o certificado de {sheet.seal_holder}, emitido por {sheet.seal_issuer}"
    return SIMPLE_SIGNATURE, f"{seal}{stamp} {WHAT_A_SEAL_PROVES}"


def _local(at: datetime) -> str:
    return at.astimezone(SAO_PAULO).strftime("%d/%m/%Y %H:%M:%S")


def _offset(at: datetime) -> str:
    offset = at.astimezone(SAO_PAULO).strftime("%z").replace("-", "\N{MINUS SIGN}")
    return f"UTC{offset[:3]}:{offset[3:]}"


def _bytes(size: int) -> str:
    return f"{size:,} bytes".replace(",", ".")
