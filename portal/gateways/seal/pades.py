"""Sealing by PAdES, on this machine, with pyHanko; only a time stamp is asked for outside."""

import io
from datetime import datetime
from urllib.parse import urlsplit

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.config import SealSettings, SettingsError
from portal.gateways.seal.interface import SealIdentity, SealUnavailable
from portal.gateways.seal.keys import SealKey, load_key, make_development_key

FIELD_NAME = "Selo"
DIGEST = "sha256"
TIME_STAMP_TIMEOUT_S = 20
NO_CERTIFICATE = "There is no certificate to seal with; make one: flask --app wsgi signatures certificate."


class PadesSeal:
    """The certificate of the settings, opened when it is first needed."""

    def __init__(self, settings: SealSettings) -> None:
        self._settings = settings
        self._loaded: SealKey | None = None

    def require_certificate(self, *, now: datetime) -> None:
        """See at the start that an A1 certificate of the settings can be used; without one, there is nothing.

        Raises:
            SettingsError: it cannot; one sentence says why.
        """
        if self._settings.is_development:
            return
        try:
            self._key(now)
        except SealUnavailable as error:
            raise SettingsError(f"PORTAL_SEAL_PFX: {error}") from None

    def make_certificate(self, *, now: datetime) -> str:
        """See `SealGateway`."""
        settings = self._settings
        if not settings.is_development:
            return f"Seals by {settings.pfx}."
        made = make_development_key(settings.pfx, settings.authority, now=now)
        self._loaded = None
        return f"{'Made' if made else 'Kept'} {settings.pfx}, a certificate for development only."

    def identity(self, *, at: datetime) -> SealIdentity:
        """See `SealGateway`."""
        key = self._key(at)
        return SealIdentity(
            holder=key.holder,
            issuer=key.issuer,
            fingerprint=key.fingerprint,
            time_stamp_authority=urlsplit(self._settings.tsa_url).hostname or "",
            is_development=self._settings.is_development,
        )

    def seal(self, pdf: bytes, *, reason: str, at: datetime) -> bytes:
        """See `SealGateway`."""
        key = self._key(at)
        url = self._settings.tsa_url
        metadata = PdfSignatureMetadata(
            field_name=FIELD_NAME,
            md_algorithm=DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            reason=reason,
            name=key.holder,
        )
        stamper = _time_stamper(url)
        try:
            output = _DatedSigner(metadata, signer=_OpenKeySigner(key), timestamper=stamper, at=at).sign_pdf(
                IncrementalPdfFileWriter(io.BytesIO(pdf))
            )
        except TimestampRequestError:
            raise SealUnavailable("The time stamp authority of PORTAL_SEAL_TSA_URL gave no stamp.") from None
        except (PdfError, SigningError) as error:
            raise ValueError(f"cannot be sealed: {error}") from error
        return bytes(output.getvalue())

    def _key(self, now: datetime) -> SealKey:
        if self._loaded is None or not self._loaded.works_at(now):
            settings = self._settings
            if settings.is_development and not settings.pfx.is_file():
                raise SealUnavailable(NO_CERTIFICATE)
            self._loaded = load_key(settings.pfx, settings.password, now=now)
        return self._loaded


class _DatedSigner(PdfSigner):
    """Seals with the time it is given instead of reading the clock."""

    def __init__(
        self,
        metadata: PdfSignatureMetadata,
        *,
        signer: Signer,
        timestamper: RequestsHTTPTimeStamper | None,
        at: datetime,
    ) -> None:
        super().__init__(metadata, signer=signer, timestamper=timestamper)
        self._at = at.replace(microsecond=0)

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


class _OpenKeySigner(Signer):
    """Signs with a key that is open: pyHanko's own opens and checks it anew for every signature.

    Made for one file; what files sealed at the same time share is the key, which never changes.
    """

    def __init__(self, key: SealKey) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple(_as_asn1(each) for each in key.chain)
        super().__init__(signing_cert=_as_asn1(key.certificate), cert_registry=registry)
        self._key = key.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if digest_algorithm != DIGEST:
            raise SigningError(f"signs by {DIGEST} only, not by {digest_algorithm}")
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ECDSA(hashes.SHA256()))


def _time_stamper(url: str) -> RequestsHTTPTimeStamper | None:
    if not url:
        return None
    return RequestsHTTPTimeStamper(url, timeout=TIME_STAMP_TIMEOUT_S)  # type: ignore[no-untyped-call]


def _as_asn1(certificate: Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
