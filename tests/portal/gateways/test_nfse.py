"""The documents of the NFS-e by the official schema, their signature by others' means, and odd answers."""

import base64
import hashlib
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree
from signxml.exceptions import InvalidDigest
from signxml.verifier import XMLVerifier

from portal.config import CompanySettings, NfseSettings, SealSettings, SettingsError
from portal.gateways.nfse import schemas
from portal.gateways.nfse.answers import packed, read_json, read_note, unpacked, why_refused
from portal.gateways.nfse.certificate import note_key
from portal.gateways.nfse.documents import cancellation_of, dps_of
from portal.gateways.nfse.interface import CancelOrder, NfseUnavailable, NoteOrder, Refused, Replacing
from portal.gateways.nfse.signing import sign
from portal.gateways.seal.keys import SealKey
from tests.support.seal import make_certificate

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = "4" * 50
DSIG, NFSE = "http://www.w3.org/2000/09/xmldsig#", "http://www.sped.fazenda.gov.br/nfse"
ORDER = NoteOrder(
    dps_id="DPS420540721122233300018100001000000000000007",
    number=7,
    issued_at=AT,
    competence_on=date(2026, 11, 15),
    taker_document="11444777000161",
    taker_name="Açougue & Cia <Ltda>",
    taker_email="dono@acougue.example",
    description="Hiper Gestão",
    is_setup=False,
    amount_cents=199_90,
    discount_cents=0,
    has_ibs_cbs=False,
    may_exist=False,
)


class SignXml(XMLVerifier):  # type: ignore[misc, unused-ignore]
    """Another library's verifier; it meets the same libxml2, whose canonical parts it is to mend."""

    excise_empty_xmlns_declarations = True


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SealKey:
    seal: SealSettings = make_certificate(tmp_path_factory.mktemp("seal"))
    return note_key(settings(), seal)(AT)


def settings(**values: str) -> NfseSettings:
    environment = {"PORTAL_NFSE_URL": "http://127.0.0.1:1"}
    environment |= {f"PORTAL_NFSE_{name}": value for name, value in values.items()}
    found = NfseSettings.from_environment(environment, production=False)
    assert found is not None
    return found


def dps(order: NoteOrder = ORDER, **values: str) -> etree._Element:
    return dps_of(order, settings(**values), CompanySettings.from_environment({}, production=False))


def changed(**changes: object) -> NoteOrder:
    from dataclasses import replace

    return replace(ORDER, **changes)  # type: ignore[arg-type]


class TestADps:
    @pytest.mark.parametrize("regime", ["simples", "normal", "mei"])
    @pytest.mark.parametrize(
        "order",
        [
            ORDER,
            changed(has_ibs_cbs=True),
            changed(is_setup=True, amount_cents=1),
            changed(discount_cents=50_00),
            changed(taker_document="52998224725", taker_email=""),
            changed(taker_name="N" * 400, description="D" * 3_000, taker_email="e" * 81),
            changed(replacing=Replacing(access_key=KEY, code="99", words="O nome estava errado")),
        ],
    )
    def test_is_one_of_the_official_schema_signed(self, key: SealKey, regime: str, order: NoteOrder) -> None:
        document = dps(order, REGIME=regime, CITY_CODE="001", NBS="115022000", REGISTRATION="12345")
        sign(document, key)
        assert schemas.refused_fields(document, schemas.DPS) == ()

    def test_says_amounts_and_times_as_the_layout_does(self) -> None:
        document = dps(changed(amount_cents=1_234_567_05))
        assert document.findtext(f".//{{{NFSE}}}vServ") == "1234567.05"
        assert document.findtext(f".//{{{NFSE}}}dhEmi") == "2026-11-25T09:00:00-03:00"
        assert document.get("versao") == "1.01"

    def test_names_neither_issuer_nor_its_address(self) -> None:
        issuer = dps().find(f".//{{{NFSE}}}prest")
        names = [etree.QName(each).localname for each in issuer]
        assert names == ["CNPJ", "regTrib"]

    def test_is_refused_by_the_field_that_is_wrong(self) -> None:
        document = dps(changed(taker_document="12ABC34501DE35", taker_name=""))
        assert schemas.refused_fields(document, schemas.DPS) == ("toma/CNPJ", "toma/xNome")


class TestTheSignature:
    @pytest.fixture(params=["dps", "event"])
    def signed(self, request: pytest.FixtureRequest, key: SealKey) -> Any:
        document = dps()
        if request.param == "event":
            order = CancelOrder(access_key=KEY, asked_at=AT, code="1", words="Emitida por engano")
            company = CompanySettings.from_environment({}, production=False)
            document = cancellation_of(order, settings(), company)
        sign(document, key)
        assert (
            schemas.refused_fields(document, schemas.DPS if request.param == "dps" else schemas.EVENT_REQUEST)
            == ()
        )
        return etree.tostring(document, xml_declaration=True, encoding="UTF-8")

    def test_holds_for_another_library(self, key: SealKey, signed: bytes) -> None:
        result: Any = SignXml().verify(signed, x509_cert=key.certificate)
        assert etree.QName(result.signed_xml).localname in ("infDPS", "infPedReg")

    def test_does_not_hold_over_a_changed_document(self, key: SealKey, signed: bytes) -> None:
        with pytest.raises(InvalidDigest):
            SignXml().verify(signed.replace(b"<tpAmb>2", b"<tpAmb>1"), x509_cert=key.certificate)

    def test_holds_by_the_standard_library_alone(self, key: SealKey, signed: bytes) -> None:
        """Canonical XML of `xml.etree`, not of libxml2, which writes it wrongly for parts of a document."""
        text = signed.decode()
        root = ET.fromstring(text)  # noqa: S314 - our own
        digest = hashlib.sha256(canonical(text, root[0].tag.rpartition("}")[2], NFSE)).digest()
        assert root.findtext(f".//{{{DSIG}}}DigestValue") == base64.b64encode(digest).decode()
        public = key.certificate.public_key()
        assert isinstance(public, RSAPublicKey)
        value = base64.b64decode(root.findtext(f".//{{{DSIG}}}SignatureValue") or "")
        information = canonical(text, "SignedInfo", DSIG)
        public.verify(value, information, PKCS1v15(), hashes.SHA256())
        with pytest.raises(InvalidSignature):
            public.verify(value, information + b" ", PKCS1v15(), hashes.SHA256())


def canonical(text: str, name: str, namespace: str) -> bytes:
    found = re.search(rf"<{name}[ >].*</{name}>", text, re.DOTALL)
    assert found is not None
    return ET.canonicalize(found[0].replace(f"<{name}", f'<{name} xmlns="{namespace}"', 1)).encode()


class TestAnAnswer:
    @pytest.mark.parametrize(
        "said",
        [
            {"erros": [{"codigo": "E0008", "descricao": "Data", "complemento": "futura"}]},
            {"Erros": [{"Codigo": "E0008", "Descricao": "Data", "Complemento": "futura"}]},
            {"erro": {"Codigo": "E0008", "descricao": "Data futura"}},
        ],
    )
    def test_says_why_under_whatever_name(self, said: dict[str, object]) -> None:
        assert why_refused(said) == (Refused(code="E0008", words="Data futura"),)

    @pytest.mark.parametrize("content", [b"<html>", b"[]", b"", b"\xff"])
    def test_that_is_no_json_object_is_none(self, content: bytes) -> None:
        with pytest.raises(NfseUnavailable):
            read_json(content)

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"x": "no base64!"},
            {"x": base64.b64encode(b"no gzip").decode()},
            {"x": packed(b"0" * (2 * 1024 * 1024))},
        ],
    )
    def test_whose_document_does_not_unpack_is_none(self, said: dict[str, str]) -> None:
        with pytest.raises(NfseUnavailable):
            unpacked(json.loads(json.dumps(said)), "x")

    @pytest.mark.parametrize(
        "xml", [b"<NFSe/>", b"no xml", f'<NFSe xmlns="{NFSE}"><infNFSe Id="NFS{KEY}"/></NFSe>'.encode()]
    )
    def test_about_another_note_is_none(self, xml: bytes) -> None:
        with pytest.raises(NfseUnavailable):
            read_note(xml, dps_id=ORDER.dps_id, access_key=KEY)


class TestTheSettings:
    def test_are_none_without_an_address(self) -> None:
        assert NfseSettings.from_environment({}, production=True) is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [("CITY", "1"), ("REGIME", "outro"), ("SERVICE_CODE", ""), ("TEST", "0"), ("SCHEMAS", "/nowhere")],
    )
    def test_are_refused_by_name(self, name: str, value: str) -> None:
        with pytest.raises(SettingsError, match=f"PORTAL_NFSE_{name} must"):
            settings(**{name: value})

    def test_are_complete_in_production(self) -> None:
        address = {"PORTAL_NFSE_URL": "http://sefin.example"}
        with pytest.raises(SettingsError) as refused:
            NfseSettings.from_environment(address, production=True)
        lines = str(refused.value).splitlines()
        names = [line.split()[0].removeprefix("PORTAL_NFSE_") for line in lines]
        assert names == ["URL", "CITY", "REGIME", "SERVICE_CODE", "SETUP_CODE", "OPERATION"]

    def test_name_a_folder_of_schemas_that_is_one(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="PORTAL_NFSE_SCHEMAS"):
            schemas.require(tmp_path)
