"""What a sealed file tells of itself, read from its bytes alone. Pure, and safe with hostile bytes.

Nothing of the PDF's structure is followed, so that nothing in it can be unpacked, run or fetched: only the
byte range of the first signature, its CMS container, and whether both fit. Who may be believed is decided
elsewhere, from the fingerprint of the certificate.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from asn1crypto import cms, x509
from pyhanko.sign.general import extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

HEADER_WITHIN = 1024  # as PDF readers look for it
LARGEST_CONTAINER = 256 * 1024  # hexadecimal figures; ours has some thousands
_BYTE_RANGE = re.compile(
    rb"/ByteRange\s{0,8}\[\s{0,8}(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s{0,64}\]"
)
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})


class SealFinding(StrEnum):
    """What the first signature in a file says of the file."""

    INTACT = "intact"
    ALTERED = "altered"
    EXTENDED = "extended"
    UNREADABLE = "unreadable"
    NOT_SEALED = "not_sealed"
    NOT_A_PDF = "not_a_pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealReading:
    """A finding; with the certificate's SHA-256 and its holder's and issuer's names, where one was read."""

    finding: SealFinding
    fingerprint: str = ""
    holder: str = ""
    issuer: str = ""
    has_time_stamp: bool = False


def read_seal(content: bytes) -> SealReading:
    """What the seal of a file says. Whatever the bytes are, it answers."""
    if b"%PDF-" not in content[:HEADER_WITHIN]:
        return SealReading(finding=SealFinding.NOT_A_PDF)
    found = _BYTE_RANGE.search(content)
    if found is None:
        return SealReading(finding=SealFinding.NOT_SEALED)
    start, before, after, rest = (int(figure) for figure in found.groups())
    gap = content[before:after]
    if start or not gap.startswith(b"<") or not gap.endswith(b">") or after + rest > len(content):
        return SealReading(finding=SealFinding.ALTERED)
    if len(gap) > LARGEST_CONTAINER:  # a hostile one of megabytes takes seconds to take apart
        return SealReading(finding=SealFinding.UNREADABLE)
    try:
        return _read(bytes.fromhex(gap[1:-1].decode("ascii")), content, before, after, after + rest)
    except Exception:  # noqa: BLE001 - hostile bytes raise anything; each means that there is no seal to read
        return SealReading(finding=SealFinding.UNREADABLE)


def _read(container: bytes, content: bytes, before: int, after: int, end: int) -> SealReading:
    signed = cms.ContentInfo.load(container)["content"]
    signer = extract_signer_info(signed)
    certificate: x509.Certificate = extract_certificate_info(signed).signer_cert
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in _DIGESTS:
        return SealReading(finding=SealFinding.UNREADABLE)
    digest = hashlib.new(algorithm, content[:before] + content[after:end]).digest()
    is_intact, is_valid = validate_sig_integrity(signer, certificate, "data", digest)
    finding = SealFinding.EXTENDED if end < len(content) else SealFinding.INTACT
    return SealReading(
        finding=finding if is_intact and is_valid else SealFinding.ALTERED,
        fingerprint=hashlib.sha256(certificate.dump()).hexdigest(),
        holder=_common_name(certificate.subject),
        issuer=_common_name(certificate.issuer),
        has_time_stamp=any(
            each["type"].native == "signature_time_stamp_token" for each in signer["unsigned_attrs"]
        ),
    )


def _common_name(name: x509.Name) -> str:
    return str(name.native.get("common_name", ""))[:200]
