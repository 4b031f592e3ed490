"""What the tax office refuses, by its codes. A signature is checked by other means than it was made."""

import base64
import hashlib
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import nfelib.nfse
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate
from lxml import etree

SCHEMAS = f"{next(iter(nfelib.nfse.__path__))}/schemas/v1_0"
NAMESPACE = "http://www.sped.fazenda.gov.br/nfse"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
N = {"n": NAMESPACE, "ds": DSIG}
_SCHEMAS: dict[str, etree.XMLSchema] = {}


class Refusal(Exception):
    """A document is refused; `code` and `words` as the office says them."""

    def __init__(self, code: str, words: str, more: str = "") -> None:
        super().__init__(code)
        self.code, self.words, self.more = code, words, more


def parse(xml: bytes, schema: str) -> etree._Element:
    """A document that its schema accepts and whose signature holds. Raises Refusal."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        document = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise Refusal("E1235", "Falha no esquema XML do DF-e.") from None
    checker = _SCHEMAS.setdefault(schema, etree.XMLSchema(etree.parse(f"{SCHEMAS}/{schema}")))
    if not checker.validate(document):
        raise Refusal("E1235", "Falha no esquema XML do DF-e.", checker.error_log[0].message)
    if not is_signed(xml):
        raise Refusal("E0714", "Arquivo enviado com erro na assinatura.")
    return document


def is_signed(xml: bytes) -> bool:
    """Whether the enveloped signature is by the certificate in it, over what the document says."""
    text = xml.decode()
    found = ET.fromstring(text)  # noqa: S314 - the parser before refused entities
    try:
        signed_id = (found[0].get("Id") or "").encode()
        digest = _text(found, "DigestValue")
        value = base64.b64decode(_text(found, "SignatureValue"))
        certificate = load_der_x509_certificate(base64.b64decode(_text(found, "X509Certificate")))
        key = certificate.public_key()
        content = _canonical(text, found[0].tag.rpartition("}")[2], NAMESPACE)
        information = _canonical(text, "SignedInfo", DSIG)
        if f'URI="#{signed_id.decode()}"' not in information or not isinstance(key, RSAPublicKey):
            return False
        key.verify(value, information.encode(), PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError, IndexError, AttributeError):
        return False
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() == digest


def _text(found: ET.Element, name: str) -> str:
    return found.findtext(f".//{{{DSIG}}}{name}") or ""


def _canonical(text: str, name: str, namespace: str) -> str:
    """Canonical XML of the one element of this name, by the standard library: not by libxml2."""
    match = re.search(rf"<{name}[ >].*</{name}>", text, re.DOTALL)
    if match is None:
        raise ValueError(name)
    alone = match[0].replace(f"<{name}", f'<{name} xmlns="{namespace}"', 1)
    return ET.canonicalize(alone)


def check_dps(document: etree._Element) -> None:
    """The rules that real notes are refused by. Raises Refusal.

    What o'clock it is nobody asks: the portal's day may be one of a demonstration. A time in UTC is refused.
    """
    information = document[0]

    def says(path: str) -> str:
        return str(information.xpath(f"string({path})", namespaces=N))

    if datetime.fromisoformat(says("n:dhEmi")).utcoffset() == timedelta(0):
        raise Refusal("E0008", "A data e hora de emissão da DPS não pode ser posterior à do processamento.")
    if says("n:dCompet") > says("n:dhEmi")[:10]:
        raise Refusal("E0015", "A data de competência não pode ser posterior à data de emissão da DPS.")
    if says("n:tpEmit") == "1" and says("n:prest/n:xNome"):
        raise Refusal("E0121", "O nome do prestador não deve ser informado quando ele é o emitente.")
    if says("n:tpEmit") == "1" and information.xpath("n:prest/n:end", namespaces=N):
        raise Refusal("E0128", "O endereço do prestador não deve ser informado quando ele é o emitente.")
    is_simples = says("n:prest/n:regTrib/n:opSimpNac") == "3"
    if is_simples and not says("n:valores/n:trib/n:totTrib/n:pTotTribSN"):
        raise Refusal(
            "E0712", "Para optantes do Simples Nacional, informe o percentual aproximado (pTotTribSN)."
        )
    expected = f"DPS{says('n:cLocEmi')}2{says('n:prest/n:CNPJ')}{says('n:serie')}{says('n:nDPS').zfill(15)}"
    if information.get("Id") != expected:
        raise Refusal("E0004", "O identificador da DPS difere da concatenação dos campos que o formam.")
