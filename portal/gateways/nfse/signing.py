"""The signature of a document: XML-DSig, enveloped, RSA with SHA-256, as the NFS-e asks for."""

import base64
import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree

from portal.gateways.nfse.interface import NfseUnavailable
from portal.gateways.seal.keys import SealKey

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DSIG}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def sign(document: etree._Element, key: SealKey) -> None:
    """Put a signature over the first child of a document, by its `Id`, at the document's end.

    Raises:
        NfseUnavailable: the certificate's key is no RSA key, which the NFS-e wants.
    """
    if not isinstance(key.key, RSAPrivateKey):
        raise NfseUnavailable("the certificate has no RSA key, which a nota fiscal is signed with")
    signed = document[0]
    signature = etree.SubElement(document, _name("Signature"), nsmap={None: DSIG})
    information = etree.SubElement(signature, _name("SignedInfo"))
    etree.SubElement(information, _name("CanonicalizationMethod"), Algorithm=C14N)
    etree.SubElement(information, _name("SignatureMethod"), Algorithm=RSA_SHA256)
    reference = etree.SubElement(information, _name("Reference"), URI=f"#{signed.get('Id')}")
    transforms = etree.SubElement(reference, _name("Transforms"))
    for algorithm in (ENVELOPED, C14N):
        etree.SubElement(transforms, _name("Transform"), Algorithm=algorithm)
    etree.SubElement(reference, _name("DigestMethod"), Algorithm=SHA256)
    digest = hashlib.sha256(_canonical(signed)).digest()
    etree.SubElement(reference, _name("DigestValue")).text = _text(digest)
    value = key.key.sign(_canonical(information), PKCS1v15(), hashes.SHA256())
    etree.SubElement(signature, _name("SignatureValue")).text = _text(value)
    data = etree.SubElement(etree.SubElement(signature, _name("KeyInfo")), _name("X509Data"))
    certificate = key.certificate.public_bytes(serialization.Encoding.DER)
    etree.SubElement(data, _name("X509Certificate")).text = _text(certificate)


def _name(local: str) -> str:
    return f"{{{DSIG}}}{local}"


def _canonical(element: etree._Element) -> bytes:
    """Canonical XML of a part, which inherits no namespace but its own.

    Parsed anew as a document: of a part of a larger one, libxml2 2.14 writes `xmlns=""` at every element two
    levels down, and nobody else would find the same digest.
    """
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    canonical: bytes = etree.tostring(alone, method="c14n", exclusive=False, with_comments=False)
    return canonical


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
