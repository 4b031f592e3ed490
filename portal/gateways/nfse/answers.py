"""Reading what the tax office answers: JSON with packed XML, errors under several names, sometimes HTML."""

import base64
import binascii
import json
import zlib
from typing import Any

from lxml import etree

from portal.gateways.nfse.documents import NAMESPACE
from portal.gateways.nfse.interface import NfseUnavailable, NoteReport, Outcome, Refused

LARGEST_XML = 1024 * 1024
LONGEST_WORDS = 500
_ID = {"n": NAMESPACE}
_GZIP = 16 + zlib.MAX_WBITS


def read_json(content: bytes) -> dict[str, Any]:
    """An answer as a dict.

    Raises:
        NfseUnavailable: it is none, as when a page of HTML stands in its place.
    """
    try:
        said = json.loads(content)
    except ValueError:
        raise NfseUnavailable("an answer that is no JSON") from None
    if not isinstance(said, dict):
        raise NfseUnavailable("an answer that is no JSON object")
    return said


def why_refused(said: dict[str, Any]) -> tuple[Refused, ...]:
    """The errors of an answer, whether it says `erros` or `erro`, however capitalized; may be none."""
    lowered = {str(name).lower(): value for name, value in said.items()}
    found = lowered.get("erros") or lowered.get("erro") or []
    entries = [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
    return tuple(_refused(each) for each in entries)


def _refused(entry: dict[str, Any]) -> Refused:
    lowered = {str(name).lower(): str(value or "").strip() for name, value in entry.items()}
    words = " ".join(part for part in (lowered.get("descricao", ""), lowered.get("complemento", "")) if part)
    return Refused(code=lowered.get("codigo", "")[:20], words=words[:LONGEST_WORDS])


def packed(xml: bytes) -> str:
    """GZip, then base64, as documents travel."""
    compressor = zlib.compressobj(wbits=_GZIP)
    return base64.b64encode(compressor.compress(xml) + compressor.flush()).decode()


def unpacked(said: dict[str, Any], name: str) -> bytes:
    """The XML under a name of an answer.

    Raises:
        NfseUnavailable: there is none, it does not unpack, or it is far too large.
    """
    try:
        unpacker = zlib.decompressobj(wbits=_GZIP)
        xml = unpacker.decompress(base64.b64decode(str(said[name]), validate=True), LARGEST_XML)
    except (LookupError, binascii.Error, zlib.error):
        raise NfseUnavailable(f"an answer without {name}") from None
    if unpacker.unconsumed_tail:
        raise NfseUnavailable(f"{name} is too large")
    return xml


def read_note(xml: bytes, *, dps_id: str, access_key: str) -> NoteReport:
    """The note that an answer bears, seen to be the one that was asked for.

    Raises:
        NfseUnavailable: it is no XML, or another note.
    """
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        document = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise NfseUnavailable("a note that is no XML") from None
    found_key = str(document.xpath("string(/n:NFSe/n:infNFSe/@Id)", namespaces=_ID))
    found_dps = str(document.xpath("string(/n:NFSe/n:infNFSe/n:DPS/n:infDPS/@Id)", namespaces=_ID))
    number = str(document.xpath("string(/n:NFSe/n:infNFSe/n:nNFSe)", namespaces=_ID))
    if found_key != f"NFS{access_key}" or found_dps != dps_id or not number.isdigit():
        raise NfseUnavailable("an answer about another note")
    return NoteReport(outcome=Outcome.DONE, access_key=access_key, number=number, xml=xml)
