"""The certificate of the seal and its key: an A1 file, or one made for a machine of development."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from portal.gateways.seal.interface import SealUnavailable

AUTHORITY_NAME = "Autoridade de desenvolvimento do Portal"
HOLDER_NAME = "Portal do Parceiro (certificado de desenvolvimento)"
AUTHORITY_YEARS, HOLDER_YEARS, KEY_BITS = 20, 10, 2048
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SealKey:
    """A certificate, its key, and the certificates between it and its root."""

    key: RSAPrivateKey | EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @property
    def holder(self) -> str:
        return _common_name(self.certificate.subject)

    @property
    def issuer(self) -> str:
        return _common_name(self.certificate.issuer)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def works_at(self, instant: datetime) -> bool:
        """Whether the certificate is valid then."""
        return self.certificate.not_valid_before_utc <= instant <= self.certificate.not_valid_after_utc


def load_key(path: Path, password: str, *, now: datetime) -> SealKey:
    """Open a .pfx that seals now.

    Raises:
        SealUnavailable: it is missing, unreadable, locked by another password, holds no key, or its
            certificate is not valid now.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealUnavailable(f"The seal's certificate {path} cannot be read: {error.strerror}.") from None
    try:
        bundle = pkcs12.load_pkcs12(content, password.encode() or None)
    except ValueError:
        raise SealUnavailable(
            f"The seal's certificate {path} does not open: wrong PORTAL_SEAL_PASSWORD, or no .pfx file."
        ) from None
    if bundle.cert is None or not isinstance(bundle.key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise SealUnavailable(f"{path} holds no certificate with its private key.")
    chain = tuple(each.certificate for each in bundle.additional_certs)
    found = SealKey(bundle.key, bundle.cert.certificate, chain)
    if not found.works_at(now):
        last = found.certificate.not_valid_after_utc
        begin = found.certificate.not_valid_before_utc
        what = f"expired on {last:%Y-%m-%d}" if now > last else f"is not valid before {begin:%Y-%m-%d}"
        raise SealUnavailable(f"The seal's certificate {path} {what}: renew it.")
    return found


def make_development_key(pfx: Path, authority: Path, *, now: datetime) -> bool:
    """Make an authority of our own and a certificate by it; False when one that works is there."""
    try:
        if load_key(pfx, "", now=now).works_at(now + RENEW_BEFORE) and authority.is_file():
            return False
    except SealUnavailable:
        pass
    pfx.parent.mkdir(parents=True, exist_ok=True)
    root_key, root = _make_authority(now)
    key, certificate = _make_holder(root_key, root, now)
    unlocked = serialization.NoEncryption()
    bundle = pkcs12.serialize_key_and_certificates(b"seal", key, certificate, [root], unlocked)
    _write(authority, root.public_bytes(serialization.Encoding.PEM))
    _write(pfx, bundle)  # last: where it stands, everything does
    return True


def _make_authority(now: datetime) -> tuple[RSAPrivateKey, x509.Certificate]:
    key = generate_private_key(65537, KEY_BITS)
    name = _name(AUTHORITY_NAME)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder(name, name, key, now, timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _make_holder(
    root_key: RSAPrivateKey, root: x509.Certificate, now: datetime
) -> tuple[RSAPrivateKey, x509.Certificate]:
    key = generate_private_key(65537, KEY_BITS)
    usage = _usage(digital_signature=True, content_commitment=True)
    certificate = (
        _builder(_name(HOLDER_NAME), root.subject, key, now, timedelta(days=365 * HOLDER_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    return key, certificate


def _builder(
    subject: x509.Name, issuer: x509.Name, key: RSAPrivateKey, now: datetime, valid_for: timedelta
) -> x509.CertificateBuilder:
    begin = now - timedelta(days=1)  # the signature may be some minutes older than the certificate
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + valid_for)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(**uses: bool) -> x509.KeyUsage:
    nothing = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    return x509.KeyUsage(**nothing | uses)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner only."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    unfinished.replace(path)
