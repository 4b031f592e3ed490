"""The seal, judged by poppler and by pyHanko with our root; and what is wrong with a certificate."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from asn1crypto import x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from portal.app import create_app
from portal.config import SealSettings, SettingsError
from portal.gateways.seal.interface import SealUnavailable
from portal.gateways.seal.keys import load_key, make_development_key
from portal.gateways.seal.pades import PadesSeal
from portal.signatures.rules.seals import read_seal
from tests.factories.quotes import NOON
from tests.factories.signatures import printed
from tests.support.application import settings_for
from tests.support.pdf import poppler
from tests.support.seal import MADE_AT, make_certificate
from tests.support.time_stamps import stamping

PASSWORD = "uma senha só nossa"


def seal_without_certificate() -> PadesSeal:
    """A seal of a machine on which nobody made a certificate."""
    return PadesSeal(SealSettings.from_environment({}, Path("/nowhere"), production=False))


@cache
def settings() -> SealSettings:
    """A certificate as the set-up makes it."""
    return make_certificate(Path(mkdtemp(prefix="portal-seal-")))


@cache
def sealed() -> bytes:
    """A printed contract, sealed at noon."""
    return PadesSeal(settings()).seal(printed(), reason="Contrato assinado por Maria da Silva", at=NOON)


def judged(pdf: bytes) -> PdfSignatureStatus:
    """pyHanko's judgement of the first signature, with the root of the set-up as the only one."""
    root: x509.Certificate = load_cert_from_pemder(  # type: ignore[no-untyped-call]
        str(settings().authority)
    )
    trust = ValidationContext(trust_roots=[root], allow_fetching=False, moment=NOON)
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, signer_validation_context=trust)


def an_a1(folder: Path, *, password: str = PASSWORD, now: datetime = MADE_AT) -> Path:
    """A locked .pfx as a certificate authority delivers it."""
    made = folder / "made.pfx"
    make_development_key(made, folder / "root.pem", now=now)
    key = load_key(made, "", now=now)
    locked = serialization.BestAvailableEncryption(password.encode())
    path = folder / "company.pfx"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"company", key.key, key.certificate, list(key.chain), locked)
    )
    return path


class TestASealedFile:
    @pytest.mark.deep
    def test_is_valid_to_poppler(self) -> None:
        said = poppler("pdfsig", sealed(), "-nocert")
        assert "Signature is Valid." in said
        assert "Total document signed" in said
        assert "ETSI.CAdES.detached" in said

    def test_is_valid_to_pyhanko_with_our_root(self) -> None:
        status = judged(sealed())
        assert status.bottom_line
        assert status.docmdp_ok
        assert status.signer_reported_dt == NOON

    @pytest.mark.deep
    def test_is_not_trusted_by_another_root(self, tmp_path: Path) -> None:
        other = make_certificate(tmp_path)
        assert not judged(PadesSeal(other).seal(printed(), reason="Contrato", at=NOON)).trusted

    def test_stays_archivable(self) -> None:
        metadata = poppler("pdfinfo", sealed(), "-meta")
        assert 'pdfaid:part="2" pdfaid:conformance="A"' in metadata
        assert 'pdfuaid:part="1"' in metadata

    def test_is_refused_when_it_is_no_pdf(self) -> None:
        with pytest.raises(ValueError, match="cannot be sealed"):
            PadesSeal(settings()).seal(b"not a pdf", reason="x", at=NOON)


class TestTheCertificateOfTheSetUp:
    def test_is_made_once(self, tmp_path: Path) -> None:
        made = make_certificate(tmp_path)
        before = made.pfx.read_bytes()
        assert "Kept" in PadesSeal(made).make_certificate(now=MADE_AT)
        assert made.pfx.read_bytes() == before
        assert made.pfx.stat().st_mode & 0o077 == 0

    def test_is_made_anew_when_it_ends(self, tmp_path: Path) -> None:
        made = make_certificate(tmp_path)
        assert "Made" in PadesSeal(made).make_certificate(now=MADE_AT + timedelta(days=3650))

    def test_says_that_it_is_for_development(self) -> None:
        identity = PadesSeal(settings()).identity(at=NOON)
        assert identity.is_development
        assert "desenvolvimento" in identity.holder

    def test_that_is_missing_is_asked_for(self) -> None:
        with pytest.raises(SealUnavailable, match="flask --app wsgi signatures certificate"):
            seal_without_certificate().identity(at=NOON)


class TestAnA1Certificate:
    @pytest.mark.deep
    def test_seals(self, tmp_path: Path) -> None:
        environment = {"PORTAL_SEAL_PFX": str(an_a1(tmp_path)), "PORTAL_SEAL_PASSWORD": PASSWORD}
        seal = PadesSeal(SealSettings.from_environment(environment, tmp_path, production=True))
        seal.require_certificate(now=NOON)
        assert not seal.identity(at=NOON).is_development
        assert "Signature is Valid." in poppler(
            "pdfsig", seal.seal(printed(), reason="Contrato", at=NOON), "-nocert"
        )

    def test_seals_with_an_elliptic_curve_key_too(self, tmp_path: Path) -> None:
        path = tmp_path / "curve.pfx"
        name = certificates.Name.from_rfc4514_string("CN=Empresa")
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            certificates.CertificateBuilder(name, name, key.public_key(), 1)
            .not_valid_before(MADE_AT)
            .not_valid_after(MADE_AT + timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, serialization.NoEncryption())
        )
        environment = {"PORTAL_SEAL_PFX": str(path)}
        seal = PadesSeal(SealSettings.from_environment(environment, tmp_path, production=True))
        pdf = seal.seal(printed(), reason="Contrato", at=NOON)
        assert "Signature is Valid." in poppler("pdfsig", pdf, "-nocert")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"PORTAL_SEAL_PASSWORD": "another"}, "wrong PORTAL_SEAL_PASSWORD"),
            ({"PORTAL_SEAL_PASSWORD": ""}, "wrong PORTAL_SEAL_PASSWORD"),
            ({"PORTAL_SEAL_PFX": "/nowhere/company.pfx"}, "cannot be read: No such file"),
            ({"PORTAL_SEAL_TSA_URL": "tsa.example"}, "PORTAL_SEAL_TSA_URL must be the address"),
        ],
    )
    def test_that_cannot_be_used_ends_the_start_with_a_sentence(
        self, tmp_path: Path, changes: dict[str, str], said: str
    ) -> None:
        environment = {
            "PORTAL_SEAL_PFX": str(an_a1(tmp_path, now=datetime.now(UTC))),  # noqa: TID251 - the app starts now
            "PORTAL_SEAL_PASSWORD": PASSWORD,
        } | changes
        with pytest.raises(SettingsError, match=said):
            create_app(settings_for("postgresql://nobody@/none", tmp_path, **environment))

    @pytest.mark.deep
    def test_that_expired_ends_the_start_with_a_sentence(self, tmp_path: Path) -> None:
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)
        pfx = an_a1(tmp_path, now=long_ago)
        environment = {"PORTAL_SEAL_PFX": str(pfx), "PORTAL_SEAL_PASSWORD": PASSWORD}
        with pytest.raises(SettingsError, match=r"PORTAL_SEAL_PFX: .* expired on 2010"):
            create_app(settings_for("postgresql://nobody@/none", tmp_path, **environment))

    def test_that_holds_no_key_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.pfx"
        certificate = certificates.load_pem_x509_certificate(settings().authority.read_bytes())
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(b"x", None, certificate, None, serialization.NoEncryption())
        )
        with pytest.raises(SealUnavailable, match="no certificate with its private key"):
            load_key(path, "", now=NOON)

    def test_is_required_in_production(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="PORTAL_SEAL_PFX is required in production"):
            SealSettings.from_environment({}, tmp_path, production=True)


class TestATimeStamp:
    @pytest.mark.deep
    def test_is_in_the_seal_when_there_is_an_authority(self, tmp_path: Path) -> None:
        make_certificate(tmp_path)
        with stamping(at=NOON + timedelta(seconds=2)) as url:
            seal = PadesSeal(
                SealSettings.from_environment({"PORTAL_SEAL_TSA_URL": url}, tmp_path, production=False)
            )
            assert seal.identity(at=NOON).time_stamp_authority == "127.0.0.1"
            pdf = seal.seal(printed(), reason="Contrato", at=NOON)
        assert read_seal(pdf).has_time_stamp
        assert not read_seal(sealed()).has_time_stamp
        assert "Signature is Valid." in poppler("pdfsig", pdf, "-nocert")

    def test_that_cannot_be_had_makes_the_seal_wait(self, tmp_path: Path) -> None:
        make_certificate(tmp_path)
        with stamping(at=NOON, works=False) as url:
            broken = {"PORTAL_SEAL_TSA_URL": url}
            seal = PadesSeal(SealSettings.from_environment(broken, tmp_path, production=False))
            with pytest.raises(SealUnavailable, match="gave no stamp"):
                seal.seal(printed(), reason="Contrato", at=NOON)
        with pytest.raises(SealUnavailable, match="gave no stamp"):  # now nobody listens there
            seal.seal(printed(), reason="Contrato", at=NOON)
