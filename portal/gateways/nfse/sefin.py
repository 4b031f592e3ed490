"""SEFIN Nacional: a note is issued by `POST /nfse`, found again by the id of its DPS, canceled by an event.

Over https the issuer's certificate is shown (mTLS) and the server's is checked. After a call without an
answer the office is asked by `HEAD /dps/{id}` before anything is sent again: one DPS, one note.
"""

import json
import ssl
import tempfile
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPSHandler, OpenerDirector, Request, build_opener

from cryptography.hazmat.primitives import serialization
from lxml import etree

from portal.config import CompanySettings, NfseSettings
from portal.gateways.nfse import schemas
from portal.gateways.nfse.answers import packed, read_json, read_note, unpacked, why_refused
from portal.gateways.nfse.documents import CANCELLATION, cancellation_of, dps_of
from portal.gateways.nfse.interface import (
    CancelOrder,
    EventReport,
    NfseUnavailable,
    NoteOrder,
    NoteReport,
    Outcome,
    Refused,
)
from portal.gateways.nfse.signing import sign
from portal.gateways.seal.interface import SealUnavailable
from portal.gateways.seal.keys import SealKey

TIMEOUT_S = 25
LARGEST_ANSWER = 2 * 1024 * 1024
REFUSALS = frozenset({400, 409, 422})
ALREADY_ISSUED = "E0014"  # another call with this DPS was answered by nobody, but a note came of it

type OpenKey = Callable[[datetime], SealKey]


class SefinNfse:
    """A NfseGateway. `open_key` gives the certificate that signs at an instant, or raises SealUnavailable."""

    def __init__(
        self,
        settings: NfseSettings,
        company: CompanySettings,
        *,
        open_key: OpenKey,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        schemas.require(settings.schemas)
        self._settings, self._company = settings, company
        self._open_key, self._timeout_s = open_key, timeout_s
        self._opener: tuple[SealKey, OpenerDirector] | None = None

    def issue(self, order: NoteOrder) -> NoteReport:
        """See `NfseGateway`."""
        key = self._key(order.issued_at)
        if order.may_exist and (report := self._find(order.dps_id, key)):
            return report
        document = dps_of(order, self._settings, self._company)
        if unfit := self._unfit(document, schemas.DPS, key):
            return NoteReport(outcome=Outcome.UNFIT, why=unfit)
        status, said = self._post("/nfse", {"dpsXmlGZipB64": _packed(document)}, key)
        if status in REFUSALS:
            why = why_refused(said)
            if any(each.code == ALREADY_ISSUED for each in why) and (report := self._find(order.dps_id, key)):
                return report
            return NoteReport(outcome=Outcome.REFUSED, why=why)
        access_key = str(said.get("chaveAcesso") or "")
        return read_note(unpacked(said, "nfseXmlGZipB64"), dps_id=order.dps_id, access_key=access_key)

    def cancel(self, order: CancelOrder) -> EventReport:
        """See `NfseGateway`."""
        key = self._key(order.asked_at)
        events = f"/nfse/{quote(order.access_key, safe='')}/eventos"
        if (known := self._get(f"{events}/{CANCELLATION}/1", key)) is not None:
            return EventReport(outcome=Outcome.DONE, xml=unpacked(known, "eventoXmlGZipB64"))
        document = cancellation_of(order, self._settings, self._company)
        if unfit := self._unfit(document, schemas.EVENT_REQUEST, key):
            return EventReport(outcome=Outcome.UNFIT, why=unfit)
        body = {"pedidoRegistroEventoXmlGZipB64": _packed(document)}
        status, said = self._post(events, body, key)
        if status in REFUSALS:
            return EventReport(outcome=Outcome.REFUSED, why=why_refused(said))
        return EventReport(outcome=Outcome.DONE, xml=unpacked(said, "eventoXmlGZipB64"))

    def _find(self, dps_id: str, key: SealKey) -> NoteReport | None:
        """The note that came of a DPS; None when the office knows no such DPS."""
        path = f"/dps/{quote(dps_id, safe='')}"
        if not self._ask(path, key):
            return None
        known = self._get(path, key)
        if known is None:
            raise NfseUnavailable("a DPS that is there and is not")
        access_key = str(known.get("chaveAcesso") or "")
        note = self._get(f"/nfse/{quote(access_key, safe='')}", key)
        if note is None:
            raise NfseUnavailable("a note that is not there yet")
        return read_note(unpacked(note, "nfseXmlGZipB64"), dps_id=dps_id, access_key=access_key)

    def _unfit(self, document: etree._Element, schema: str, key: SealKey) -> tuple[Refused, ...]:
        """Sign; what the official schema refuses of the signed document."""
        sign(document, key)
        fields = schemas.refused_fields(document, schema, folder=self._settings.schemas)
        return tuple(Refused(code=name, words="") for name in fields)

    def _ask(self, path: str, key: SealKey) -> bool:
        status, _content = self._call("HEAD", path, None, key)
        if status not in (200, 404):
            raise NfseUnavailable(f"the tax office answered {status}")
        return status == 200

    def _get(self, path: str, key: SealKey) -> dict[str, Any] | None:
        status, content = self._call("GET", path, None, key)
        if status == 404:
            return None
        if status != 200:
            raise NfseUnavailable(f"the tax office answered {status}")
        return read_json(content)

    def _post(self, path: str, body: dict[str, str], key: SealKey) -> tuple[int, dict[str, Any]]:
        """An accepted document, or a refusal that says why; anything else counts as no answer."""
        status, content = self._call("POST", path, json.dumps(body).encode(), key)
        if status not in REFUSALS | {200, 201}:
            raise NfseUnavailable(f"the tax office answered {status}")
        said = read_json(content)
        if status in REFUSALS and not why_refused(said):
            raise NfseUnavailable("a refusal that does not say why")
        return status, said

    def _call(self, method: str, path: str, body: bytes | None, key: SealKey) -> tuple[int, bytes]:
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
        request = Request(self._settings.url + path, data=body, headers=headers, method=method)  # noqa: S310 - http and https only
        try:
            try:
                answer = self._open(key).open(request, timeout=self._timeout_s)
            except HTTPError as error:  # an answer all the same
                answer = error
            with answer:
                return int(answer.status), answer.read(LARGEST_ANSWER)
        except (OSError, HTTPException, ValueError) as error:
            raise NfseUnavailable(type(error).__name__) from error

    def _key(self, at: datetime) -> SealKey:
        try:
            return self._open_key(at)
        except SealUnavailable as error:
            raise NfseUnavailable(str(error)) from None

    def _open(self, key: SealKey) -> OpenerDirector:
        """Connections that show this certificate."""
        if self._opener is None or self._opener[0] is not key:
            is_https = self._settings.url.startswith("https:")
            handlers = [HTTPSHandler(context=_context(key))] if is_https else []
            self._opener = (key, build_opener(*handlers))
        return self._opener[1]


def _packed(document: etree._Element) -> str:
    return packed(etree.tostring(document, xml_declaration=True, encoding="UTF-8"))


def _context(key: SealKey) -> ssl.SSLContext:
    context = ssl.create_default_context()
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # its owner's alone; OpenSSL reads files only
        certificates = (key.certificate, *key.chain)
        file.writelines(each.public_bytes(serialization.Encoding.PEM) for each in certificates)
        file.write(
            key.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        file.flush()
        context.load_cert_chain(file.name)
    return context
