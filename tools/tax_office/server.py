"""The interface of SEFIN Nacional, and a page for testers."""

import base64
import contextlib
import gzip
import json
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

from tools.tax_office.checking import N, Refusal, check_dps, parse
from tools.tax_office.issuing import access_key, event_of, note_of
from tools.tax_office.store import Mood, Note, Store

SLOW_S = 4.0
CANCELED, REPLACED = "101101", "105102"
HTML_ERROR = b"<html><head><title>Servico indisponivel</title></head><body>Tente mais tarde</body></html>"
WORDS = {
    Mood.NORMAL: "Responde como deve",
    Mood.SLOW: "Demora quatro segundos",
    Mood.HTML: "Responde HTML e nada faz",
    Mood.BUSY: "Responde 503",
    Mood.LOST: "Faz o que foi pedido e desliga sem responder",
    Mood.REFUSE: "Recusa com o código escrito",
}


class TaxOffice(ThreadingHTTPServer):
    """The office with its store."""

    daemon_threads = True

    def __init__(self, port: int, store: Store) -> None:
        super().__init__(("127.0.0.1", port), Desk)
        self.store = store
        self.slow_s = SLOW_S

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def open_office(*, port: int, store: Path) -> Iterator[TaxOffice]:
    """An office that is ready to serve."""
    kept = Store(store)
    with TaxOffice(port, kept) as office:
        try:
            yield office
        finally:
            kept.close()


class Desk(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: TaxOffice
    METHODS: ClassVar = {"HEAD", "GET", "POST"}

    def do_HEAD(self) -> None:
        """Whether a DPS became a note."""
        if self._mood_allows():
            found = self._note(dps_id=self.path.removeprefix("/dps/"))
            self._answer(200 if found else 404, {})

    def do_GET(self) -> None:
        """A note, the key of a DPS, an event, or the page."""
        if self.path == "/":
            self._send(200, self._page().encode(), "text/html; charset=utf-8")
        elif self._mood_allows():
            found = self._found()
            self._answer(200 if found else 404, found or _errors("E2220", "Documento não encontrado."))

    def do_POST(self) -> None:
        """A DPS or an event to register; or the mood to be in."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_mood":
            self._choose(body)
            return
        if not self._mood_allows():
            return
        mood, code = self._post_mood
        try:
            with self.server.store.lock:
                answer = self._register(json.loads(body), refuse_by=code if mood is Mood.REFUSE else "")
        except Refusal as refusal:
            self._answer(400, _errors(refusal.code, refusal.words, refusal.more))
            return
        except (ValueError, LookupError, OSError, EOFError):
            self._answer(400, _errors("E1242", "O conteúdo enviado não pode ser lido."))
            return
        if mood is Mood.LOST:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(201, answer)

    def log_message(self, *_: object) -> None:
        """Quiet: addresses bear documents."""

    def _mood_allows(self) -> bool:
        """Be as the mood is; whether to go on."""
        self._post_mood = mood, _code = self.server.store.mood()
        if mood is Mood.SLOW:
            time.sleep(self.server.slow_s)
        if mood is Mood.HTML:
            self._send(200, HTML_ERROR, "text/html")
        if mood is Mood.BUSY:
            self._send(503, HTML_ERROR, "text/html")
        return mood not in (Mood.HTML, Mood.BUSY)

    def _register(self, said: dict[str, str], *, refuse_by: str) -> dict[str, object]:
        if refuse_by:
            raise Refusal(refuse_by, f"Recusado com {refuse_by}, como foi pedido à repartição de teste.")
        if self.path == "/nfse":
            return self._issue(_unpacked(said["dpsXmlGZipB64"]))
        return self._event(_unpacked(said["pedidoRegistroEventoXmlGZipB64"]))

    def _issue(self, xml: bytes) -> dict[str, object]:
        store, document = self.server.store, parse(xml, "DPS_v1.01.xsd")
        check_dps(document)
        dps_id = document[0].get("Id")
        if store.find_note(dps_id=dps_id):
            raise Refusal("E0014", "Já existe uma NFS-e gerada a partir desta DPS.")
        at = datetime.fromisoformat(str(document[0].xpath("string(n:dhEmi)", namespaces=N)))
        replaced = str(document[0].xpath("string(n:subst/n:chSubstda)", namespaces=N))
        if replaced and (not store.find_note(access_key=replaced) or store.kinds_of(replaced)):
            raise Refusal("E0040", "A NFS-e a substituir não existe ou já foi cancelada ou substituída.")
        number = store.next_number()
        key = access_key(document, number, at)
        note = Note(number, dps_id, key, note_of(document, key, number, at))
        store.keep_note(note)
        if replaced:
            store.keep_event(replaced, REPLACED, b"<evento/>")
        return {"chaveAcesso": key, "idDps": dps_id, "nfseXmlGZipB64": _packed(note.xml), "alertas": None}

    def _event(self, xml: bytes) -> dict[str, object]:
        store, document = self.server.store, parse(xml, "pedRegEvento_v1.01.xsd")
        key = str(document[0].xpath("string(n:chNFSe)", namespaces=N))
        if store.find_note(access_key=key) is None:
            raise Refusal("E2220", "Documento não encontrado.")
        if store.kinds_of(key):
            raise Refusal("E0840", "Já existe um evento de cancelamento vinculado a esta NFS-e.")
        at = datetime.fromisoformat(str(document[0].xpath("string(n:dhEvento)", namespaces=N)))
        event = event_of(document, at)
        store.keep_event(key, CANCELED, event)
        return {"eventoXmlGZipB64": _packed(event)}

    def _found(self) -> dict[str, object] | None:
        parts = self.path.strip("/").split("/")
        if parts[0] == "dps" and len(parts) == 2 and (note := self._note(dps_id=parts[1])):
            return {"idDps": note.dps_id, "chaveAcesso": note.access_key}
        if parts[0] == "nfse" and len(parts) == 2 and (note := self._note(access_key=parts[1])):
            return {"chaveAcesso": note.access_key, "nfseXmlGZipB64": _packed(note.xml)}
        if parts[0] == "nfse" and len(parts) == 5 and (event := self.server.store.find_event(*parts[1:4:2])):
            return {"eventoXmlGZipB64": _packed(event)}
        return None

    def _note(self, *, dps_id: str = "", access_key: str = "") -> Note | None:
        return self.server.store.find_note(dps_id=dps_id, access_key=access_key)

    def _choose(self, body: bytes) -> None:
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        times = int(asked.get("times") or 0)
        self.server.store.choose(Mood(asked["mood"]), code=asked.get("code", ""), times=times)
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, said: dict[str, object]) -> None:
        self._send(status, json.dumps(said).encode(), "application/json")

    def _send(self, status: int, content: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(OSError):  # nobody waits any more
                self.wfile.write(content)

    def _page(self) -> str:
        mood, code = self.server.store.mood(use=False)
        options = "".join(
            f'<option value="{each.value}"{" selected" if each is mood else ""}>{WORDS[each]}</option>'
            for each in Mood
        )
        rows = "".join(
            f"<tr><td>{note.number}<td>{escape(note.dps_id)}<td>{escape(note.access_key)}"
            f"<td>{escape(', '.join(self.server.store.kinds_of(note.access_key)))}"
            for note in self.server.store.list_notes()
        )
        return (
            '<!doctype html><html lang="pt-BR"><title>Repartição de teste</title>'
            "<h1>Repartição fiscal de teste</h1><p>Nada daqui tem validade.</p>"
            f'<form method="post" action="/_mood"><label>Como responde <select name="mood">{options}</select>'
            f'</label> <label>Código <input name="code" value="{escape(code or "E0312")}"></label> '
            '<label>Quantas vezes (0: sempre) <input name="times" value="0"></label> <button>Mudar</button>'
            f"</form><table><tr><th>Número<th>DPS<th>Chave<th>Eventos{rows}</table></html>"
        )


def _errors(code: str, words: str, more: str = "") -> dict[str, object]:
    return {"erros": [{"Codigo": code, "Descricao": words, "Complemento": more}]}


def _packed(xml: bytes) -> str:
    return base64.b64encode(gzip.compress(xml)).decode()


def _unpacked(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))
