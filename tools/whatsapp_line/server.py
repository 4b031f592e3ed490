"""The interface of the Cloud API, as far as the portal uses it, and a page for testers."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from tools.whatsapp_line import notices
from tools.whatsapp_line.checking import Refusal, check_message, check_template
from tools.whatsapp_line.store import Mood, Store

SLOW_S = 4.0
HTML = b"<html><head><title>Sorry</title></head><body>Something went wrong</body></html>"
WORDS = {
    Mood.NORMAL: "Aceita, envia, entrega, é lida",
    Mood.SILENT: "Aceita e nunca mais diz nada",
    Mood.UNREAD: "Aceita, envia, entrega",
    Mood.SKIPS: "Aceita, envia, é lida (sem entregue)",
    Mood.FAILS: "Aceita e depois falha com o código",
    Mood.REFUSE: "Recusa com o código",
    Mood.SLOW: "Demora quatro segundos",
    Mood.HTML: "Responde HTML e nada faz",
    Mood.BUSY: "Responde 503",
    Mood.LOST: "Envia e desliga sem responder",
}
STATUSES = {
    Mood.NORMAL: ("sent", "delivered", "read"),
    Mood.SLOW: ("sent", "delivered", "read"),
    Mood.LOST: ("sent", "delivered"),
    Mood.UNREAD: ("sent", "delivered"),
    Mood.SKIPS: ("sent", "read"),
    Mood.FAILS: ("failed",),
}


class Line(ThreadingHTTPServer):
    """The line with its store. With a hook it tells the portal by itself, else the store keeps it."""

    daemon_threads = True

    def __init__(self, port: int, store: Store, *, secret: str, hook: str) -> None:
        super().__init__(("127.0.0.1", port), Desk)
        self.store, self.secret, self.hook = store, secret, hook
        self.slow_s = SLOW_S

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def tell(self, notice: dict[str, Any]) -> None:
        """Have the portal told."""
        self.store.add_notice(notice)
        if self.hook:
            threading.Thread(target=self._deliver, daemon=True).start()

    def _deliver(self) -> None:
        for body in self.store.take_notices():
            headers = {
                "Content-Type": "application/json",
                notices.SIGNATURE_HEADER: notices.signature(body, self.secret),
            }
            for _attempt in range(5):
                with contextlib.suppress(URLError, OSError):
                    urlopen(Request(self.hook, data=body, headers=headers), timeout=10).close()
                    break
                time.sleep(1)


@contextlib.contextmanager
def open_line(*, port: int, store: Path, secret: str, hook: str = "") -> Iterator[Line]:
    """A line that is ready to serve."""
    kept = Store(store)
    with Line(port, kept, secret=secret, hook=hook) as line:
        try:
            yield line
        finally:
            kept.close()


class Desk(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Line

    def do_GET(self) -> None:
        """Templates by name, or the page."""
        parts = urlsplit(self.path)
        if parts.path == "/":
            self._send(200, self._page().encode(), "text/html; charset=utf-8")
        elif self._is_let_in():
            found = self.server.store.find_template(parse_qs(parts.query).get("name", [""])[0])
            self._answer(200, {"data": [found] if found else []})

    def do_POST(self) -> None:
        """A message, a template, or what a tester wants."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/_"):
            self._play({name: values[0] for name, values in parse_qs(body.decode()).items()})
        elif self._is_let_in():
            try:
                self._take(json.loads(body))
            except Refusal as refusal:
                self._refuse(400, refusal.code)
            except (ValueError, LookupError, TypeError):
                self._refuse(400, 100)

    def log_message(self, *_: object) -> None:
        """Quiet: addresses and bodies tell of people."""

    def _is_let_in(self) -> bool:
        if self.headers.get("Authorization", "").startswith("Bearer "):
            return True
        self._refuse(401, 190)
        return False

    def _take(self, said: dict[str, Any]) -> None:
        if self.path == f"/{notices.ACCOUNT}/message_templates":
            self._register(said)
            return
        if self.path != f"/{notices.PHONE}/messages":
            raise Refusal(100)
        mood, code = self.server.store.mood()
        if mood is Mood.SLOW:
            time.sleep(self.server.slow_s)
        if mood in (Mood.HTML, Mood.BUSY):
            self._send(200 if mood is Mood.HTML else 503, HTML, "text/html")
            return
        receiver = check_message(said, self.server.store)
        if mood is Mood.REFUSE:
            raise Refusal(code)
        wamid = self.server.store.keep_message(receiver, said)
        self._tell_of(wamid, said, mood, code)
        if mood is Mood.LOST:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        contact = {"input": receiver, "wa_id": said.get("to", "")}
        self._answer(
            200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}
        )

    def _tell_of(self, wamid: str, said: dict[str, Any], mood: Mood, code: int) -> None:
        at, tag = int(time.time()), said.get("biz_opaque_callback_data", "")
        to, user_id = said.get("to", ""), said.get("recipient", "")
        for place, name in enumerate(STATUSES.get(mood, ())):
            failed = (code or 131026) if name == "failed" else 0
            told = notices.status(wamid, name, at + place, to=to, user_id=user_id, tag=tag, code=failed)
            self.server.tell(notices.changes(told))

    def _register(self, said: dict[str, Any]) -> None:
        text = check_template(said)
        if self.server.store.find_template(said["name"]):
            raise Refusal(100)
        kept = {"category": said["category"], "body": text}
        self.server.store.keep_template(said["name"], status="APPROVED", **kept)
        told = notices.template_status(said["name"], "APPROVED")
        self.server.tell(notices.changes(told, field="message_template_status_update"))
        self._answer(200, {"id": "1", "status": "PENDING", "category": said["category"]})

    def _play(self, asked: dict[str, str]) -> None:
        store = self.server.store
        if self.path == "/_mood":
            times = int(asked.get("times") or 0)
            store.choose(Mood(asked["mood"]), code=int(asked.get("code") or 0), times=times)
        elif self.path == "/_write":
            told = notices.inbound(
                f"wamid.ENTRA{time.time_ns()}", asked["text"], int(time.time()), phone=asked["phone"]
            )
            self.server.tell(notices.changes(told))
        elif self.path == "/_template" and (known := store.find_template(asked["name"])):
            kept = {"category": known["category"], "body": known["body"]}
            store.keep_template(asked["name"], status=asked["status"], **kept)
            told = notices.template_status(asked["name"], asked["status"])
            self.server.tell(notices.changes(told, field="message_template_status_update"))
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: int, code: int) -> None:
        status = {130429: 429, 131056: 429, 131000: 500}.get(code, status)
        error = {"message": f"(#{code})", "type": "OAuthException", "code": code, "fbtrace_id": "teste"}
        self._answer(status, {"error": error})

    def _answer(self, status: int, said: dict[str, object]) -> None:
        self._send(status, json.dumps(said).encode(), "application/json")

    def _send(self, status: int, content: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):  # nobody waits any more
            self.wfile.write(content)

    def _page(self) -> str:
        store = self.server.store
        mood, code = store.mood(use=False)
        options = "".join(
            f'<option value="{each.value}"{" selected" if each is mood else ""}>{WORDS[each]}</option>'
            for each in Mood
        )
        templates = "".join(
            f"<tr><td>{escape(each['name'])}<td>{each['status']}<td>{escape(each['body'])}"
            for each in store.list_templates()
        )
        sent = "".join(
            f"<tr><td>{escape(str(each.get('to') or each.get('recipient')))}"
            f"<td>{escape(json.dumps(each.get('template') or each.get('text'), ensure_ascii=False))}"
            for each in reversed(store.list_messages()[-100:])
        )
        return (
            '<!doctype html><html lang="pt-BR"><title>WhatsApp de teste</title>'
            "<h1>WhatsApp de teste</h1><p>Nada daqui chega a um telefone.</p>"
            f'<form method="post" action="/_mood"><label>Como responde <select name="mood">{options}</select>'
            f'</label> <label>Código <input name="code" value="{code or 131026}"></label> '
            '<label>Quantas vezes (0: sempre) <input name="times" value="0"></label> <button>Mudar</button>'
            '</form><form method="post" action="/_write"><label>Número <input name="phone" '
            'value="5547999991234"></label> <label>Escreve <input name="text" value="parar"></label> '
            '<button>Enviar ao portal</button></form><form method="post" action="/_template"><label>Modelo '
            '<input name="name"></label> <select name="status"><option>APPROVED<option>PAUSED<option>DISABLED'
            f"<option>REJECTED</select> <button>Mudar</button></form><h2>Modelos</h2><table>{templates}"
            f"</table><h2>Enviadas</h2><table>{sent}</table></html>"
        )
