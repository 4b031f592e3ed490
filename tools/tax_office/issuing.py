"""The documents that the tax office makes: the NFS-e of a DPS, and the event of a request. All signed."""

import base64
import hashlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID
from lxml import etree

from tools.tax_office.checking import DSIG, NAMESPACE, N

PROGRAM = "SefinDeTeste_1.0"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
CENT = Decimal("0.01")


def access_key(dps: etree._Element, number: int, at: datetime) -> str:
    """The 50 figures that name a note: town, who issued it, number, month, a code and a check digit."""
    information = dps[0]
    town = information.xpath("string(n:cLocEmi)", namespaces=N)
    issuer = information.xpath("string(n:prest/n:CNPJ)", namespaces=N)
    code = int(hashlib.sha256(information.get("Id").encode()).hexdigest(), 16) % 1_000_000_000
    body = f"{town}22{issuer}{number:013d}{at:%y%m}{code:09d}"
    weights = [2 + place % 8 for place in range(len(body))][::-1]
    rest = 11 - sum(int(figure) * weight for figure, weight in zip(body, weights, strict=True)) % 11
    return f"{body}{rest if rest < 10 else 0}"


def note_of(dps: etree._Element, key: str, number: int, at: datetime) -> bytes:
    """The signed NFS-e that holds the DPS."""
    information = dps[0]

    def says(path: str) -> str:
        return str(information.xpath(f"string({path})", namespaces=N))

    discount = says("n:valores/n:vDescCondIncond/n:vDescIncond") or "0"
    amount = Decimal(says("n:valores/n:vServPrest/n:vServ")) - Decimal(discount)
    root = etree.Element(f"{{{NAMESPACE}}}NFSe", versao="1.01", nsmap={None: NAMESPACE})
    made = etree.SubElement(root, f"{{{NAMESPACE}}}infNFSe", Id=f"NFS{key}")
    _add(
        made,
        xLocEmi="Cidade de teste",
        xLocPrestacao="Cidade de teste",
        nNFSe=str(number),
        cLocIncid=says("n:cLocEmi"),
        xLocIncid="Cidade de teste",
        xTribNac=_service(says("n:serv/n:cServ/n:cTribNac")),
        verAplic=PROGRAM,
        ambGer="2",
        tpEmis="1",
        procEmi="1",
        cStat="100",
        dhProc=at.astimezone(UTC).replace(microsecond=0).isoformat(),
        nDFSe=str(number),
    )
    _add_issuer(made, says("n:prest/n:CNPJ"), says("n:cLocEmi"))
    values = _add(made, valores=None)
    if says("n:prest/n:regTrib/n:opSimpNac") == "1":
        tax = (amount * Decimal("0.02")).quantize(CENT, ROUND_HALF_UP)
        _add(values, vBC=f"{amount:.2f}", pAliqAplic="2.00", vISSQN=f"{tax:.2f}")
    _add(values, vLiq=f"{amount:.2f}")
    if information.xpath("n:IBSCBS", namespaces=N):
        _add_reform(made, amount, says("n:cLocEmi"))
    made.append(deepcopy(dps))
    _sign(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def event_of(request: etree._Element, at: datetime) -> bytes:
    """The signed event that holds the request."""
    root = etree.Element(f"{{{NAMESPACE}}}evento", versao="1.01", nsmap={None: NAMESPACE})
    name = request[0].get("Id").replace("PRE", "EVT") + "001"
    made = etree.SubElement(root, f"{{{NAMESPACE}}}infEvento", Id=name)
    processed = at.astimezone(UTC).replace(microsecond=0).isoformat()
    _add(made, verAplic=PROGRAM, ambGer="2", nSeqEvento="1", dhProc=processed, nDFSe="1")
    made.append(deepcopy(request))
    _sign(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add_issuer(made: etree._Element, document: str, town: str) -> None:
    """As the register of companies has it."""
    issuer = _add(made, emit=None)
    _add(issuer, CNPJ=document, xNome="PORTAL SISTEMAS LTDA")
    where = _add(issuer, enderNac=None)
    _add(where, xLgr="Rua das Palmeiras", nro="100", xBairro="Centro", cMun=town, UF="SC", CEP="88010000")


def _add_reform(made: etree._Element, amount: Decimal, town: str) -> None:
    """IBS and CBS of the year of trial: 0.1 % and 0.9 %."""
    state, federal = ((amount * rate).quantize(CENT, ROUND_HALF_UP) for rate in (CENT / 10, CENT * 9 / 10))
    group = _add(made, IBSCBS=None)
    _add(group, cLocalidadeIncid=town, xLocalidadeIncid="Cidade de teste")
    values = _add(group, valores=None)
    _add(values, vBC=f"{amount:.2f}")
    _add(_add(values, uf=None), pIBSUF="0.10", pAliqEfetUF="0.10")
    _add(_add(values, mun=None), pIBSMun="0.00", pAliqEfetMun="0.00")
    _add(_add(values, fed=None), pCBS="0.90", pAliqEfetCBS="0.90")
    total = _add(group, totCIBS=None)
    _add(total, vTotNF=f"{amount:.2f}")
    ibs = _add(total, gIBS=None)
    _add(ibs, vIBSTot=f"{state:.2f}")
    _add(_add(ibs, gIBSUFTot=None), vIBSUF=f"{state:.2f}")
    _add(_add(ibs, gIBSMunTot=None), vIBSMun="0.00")
    _add(_add(total, gCBS=None), vCBS=f"{federal:.2f}")


def _add(parent: etree._Element, **values: str | None) -> etree._Element:
    """Children in the order given; the last of them."""
    child = parent
    for name, value in values.items():
        child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        child.text = value
    return child


def _service(code: str) -> str:
    known = {
        "010501": "Licenciamento ou cessão de direito de uso de programas de computação.",
        "010701": "Suporte técnico em informática, inclusive instalação e configuração de programas.",
    }
    return known.get(code, f"Serviço de código {code}.")


def _sign(root: etree._Element) -> None:
    """As everybody signs: enveloped, RSA with SHA-256; every part canonical as a document of its own."""
    key, certificate = _own_key()
    name = f"{{{DSIG}}}"
    digest = hashlib.sha256(_alone(root[0])).digest()
    signature = etree.SubElement(root, f"{name}Signature", nsmap={None: DSIG})
    information = etree.SubElement(signature, f"{name}SignedInfo")
    etree.SubElement(information, f"{name}CanonicalizationMethod", Algorithm=C14N)
    method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    etree.SubElement(information, f"{name}SignatureMethod", Algorithm=method)
    reference = etree.SubElement(information, f"{name}Reference", URI=f"#{root[0].get('Id')}")
    transforms = etree.SubElement(reference, f"{name}Transforms")
    for algorithm in (f"{DSIG}enveloped-signature", C14N):
        etree.SubElement(transforms, f"{name}Transform", Algorithm=algorithm)
    etree.SubElement(reference, f"{name}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(reference, f"{name}DigestValue").text = base64.b64encode(digest).decode()
    value = key.sign(_alone(information), PKCS1v15(), hashes.SHA256())
    etree.SubElement(signature, f"{name}SignatureValue").text = base64.b64encode(value).decode()
    data = etree.SubElement(etree.SubElement(signature, f"{name}KeyInfo"), f"{name}X509Data")
    etree.SubElement(data, f"{name}X509Certificate").text = base64.b64encode(certificate).decode()


def _alone(element: etree._Element) -> bytes:
    canonical: bytes = etree.tostring(etree.fromstring(etree.tostring(element)), method="c14n")
    return canonical


@cache
def _own_key() -> tuple[RSAPrivateKey, bytes]:
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SEFIN de teste")])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.DER)
