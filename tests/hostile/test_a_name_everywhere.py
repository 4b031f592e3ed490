"""One hostile text as the name of everybody and the word of everybody, through the whole life of a quote."""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.customers.models import Customer
from portal.documents.operations.lettering import unprintable
from portal.documents.operations.printing import render_proposal
from portal.documents.rules.proposal import ProposalSheet
from portal.shared.db import db
from portal.shared.mail_delivery import write_message
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken
from tests.access.asking import Caller, sides_of
from tests.access.reads import READS
from tests.access.rows import EDITED_PARTNER, EVERYBODY, ONLY_SUBSCRIBER, SUBSCRIBER, TWO_READERS
from tests.access.table import TABLE
from tests.factories.quotes import NOON
from tests.factories.town import SUL
from tests.hostile.pages import came_alive
from tests.hostile.texts import SHORT
from tests.support.clients import location
from tests.support.forms import form_values
from tests.support.letters import all_written
from tests.support.quote_builder import text_of
from tests.support.town import TownHall

BOTH = "formula and typst"  # the one runs in a file, the other in a print
PLAIN = ("markup", "formula", "typst", BOTH, "template", "sql", "foreign")  # kept letter by letter
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Story:
    """Everybody is called `text` and says nothing else."""

    def __init__(self, hall: TownHall, text: str) -> None:
        self.hall, self.text = hall, text
        self.things = hall.town.things[SUL]
        self.seller, self.manager = Caller(hall, "seller"), Caller(hall, "manager")
        self.admin = Caller(hall, "admin")

    def live(self) -> None:
        """From the registration of partner and customer to the customer's refusal."""
        partner = f"/parceiros/{self.things['partner']}/editar"
        lock = EDITED_PARTNER["lock_version"].format_map(self.things)
        names = {"name": self.text, "trade_name": self.text, "lock_version": lock}
        self.did(self.admin, partner, EDITED_PARTNER | names)
        self.did(self.seller, "/conta/nome", {"name": self.text})
        self.did(self.manager, "/conta/nome", {"name": self.text})
        self.customer = location(self.did(self.seller, "/clientes/novo", self.registration()))
        quote = self.quote(total="160,00", action="submit", argument=self.text)
        self.counter_and_accept(quote)
        self.did(self.seller, f"{quote}/enviar")
        other = self.quote()
        self.did(self.seller, f"{other}/anular", {"reason": "other", "note": self.text})
        self.quote_url = quote

    def registration(self) -> dict[str, str]:
        kept = "name trade_name street complement district city notes".split()
        people = ("contacts-0-name", "contacts-0-position", "signatory-name")
        said = dict.fromkeys((*kept, *people), self.text)
        valid = {"document": "529.982.247-25", "email": "a@b.example", "signatory-cpf": "529.982.247-25"}
        return said | valid | {"signatory-email": "c@d.example", "street_number": self.text[:20]}

    def quote(self, **typed: str) -> str:
        page = self.seller.client.get(
            f"/orcamentos/novo?cliente={self.customer.rpartition('/')[2]}&plano=gestao"
        )
        return location(self.did(self.seller, "/orcamentos", form_values(page.text) | typed))

    def counter_and_accept(self, quote: str) -> None:
        queue = self.manager.client.get("/aprovacoes").text
        asked = max(map(int, re.findall(r'id="pedido-(\d+)"', queue)))
        answer = {"counter_cents": "170,00", "reason": self.text}
        self.did(self.manager, f"/aprovacoes/{asked}/contraproposta", answer)
        self.did(self.seller, f"{quote}/contraproposta/aceitar")

    def did(self, caller: Caller, path: str, form: dict[str, str] | None = None) -> TestResponse:
        answer = caller.client.submit(path, form or {})
        assert answer.status_code == 303, (path, text_of(answer.text))
        return answer


NAMES = {
    name: text.replace("@", "")  # no name holds an address
    for name, text in (SHORT | {BOTH: f"=cmd|'/c'!A1 {SHORT['typst']}"}).items()
}
READERS = EVERYBODY - {"other_manager"}
# Pages are the same templates whoever reads them: each is read by one of two. A page has a formula or Typst
# as it has any text, which `make test-deep` shows.
TEXTS = [
    pytest.param("markup", TWO_READERS, id="markup"),
    pytest.param(BOTH, frozenset(), id=BOTH),
    *(pytest.param(name, READERS, id=f"{name}, to all", marks=pytest.mark.deep) for name in SHORT),
]


@pytest.fixture
def story(text: str, hall: TownHall) -> Story:
    story = Story(hall, NAMES[text])
    story.live()
    return story


def shown(text: str) -> str:
    """A text as a page, mail or PDF sets it, spaces aside."""
    return "".join(text.split())


def mails(story: Story) -> list[EmailMessage]:
    """Every mail of the story, as it goes over the wire."""
    with story.hall.app.app_context():
        rows = db.session.scalars(select(MailMessage)).all()
        all_written(db.session, rows)
        db.session.commit()
        tokens = {token.id: token for token in db.session.scalars(select(LinkToken))}
        secrets = {key: {token.token_hash: token.secret()} for key, token in tokens.items()}
        sent = [write_message(row, secrets.get(row.link_token_id or 0, {})) for row in rows]
        return [message_from_bytes(bytes(each), policy=policy.default) for each in sent]


class TestAHostileText:
    def test_has_two_readers_who_may_open_every_page(self) -> None:
        assert [
            name
            for name, row in TABLE.items()
            if name in READS and not row.who & (TWO_READERS | ONLY_SUBSCRIBER)
        ] == []

    @pytest.mark.parametrize(("text", "readers"), TEXTS)
    def test_stays_text_on_every_page_mail_file_and_print(
        self, story: Story, readers: frozenset[str]
    ) -> None:
        if readers:
            self._pages(story, readers)
        self._mails(story)
        self._files(story)
        self._print(story)

    def _pages(self, story: Story, readers: frozenset[str]) -> None:
        opened = self._open_all(Caller(story.hall, SUBSCRIBER), READS)
        for name in sorted(readers):
            caller = Caller(story.hall, name)
            opened |= self._open_all(caller, READS.keys() - opened if readers == TWO_READERS else READS)
            paths = [story.customer, f"{story.customer}/movimentacoes", story.quote_url]
            for path in paths:
                answer = caller.client.get(path)
                assert answer.status_code == 200
                assert came_alive(answer.text) == []
                self._is_told(story, text_of(answer.text), escaped=True)

    def _open_all(self, caller: Caller, pages: Iterable[str]) -> set[str]:
        """The pages of these that this person may open."""
        theirs = [name for name in pages if caller.name in TABLE[name].who]
        opened = {name for name in theirs if SUL in sides_of(TABLE[name], caller)}
        for endpoint in sorted(opened):
            answer = caller.ask(endpoint, SUL)
            assert answer.status_code in {200, 303, 503, TABLE[endpoint].ok}, (endpoint, caller.name)
            assert answer.mimetype != "text/html" or came_alive(answer.text) == [], endpoint
        return opened

    def _is_told(self, story: Story, text: str, *, escaped: bool = False) -> None:
        if story.text not in {NAMES[name] for name in PLAIN}:
            return
        wanted = story.text
        if escaped:
            for sign, entity in (
                ("&", "&amp;"),
                ("<", "&lt;"),
                (">", "&gt;"),
                ("'", "&#39;"),
                ('"', "&#34;"),
            ):
                wanted = wanted.replace(sign, entity)
        assert shown(wanted) in shown(text)

    def _mails(self, story: Story) -> None:
        found = mails(story)
        assert any(message["To"] and "c@d.example" in message["To"] for message in found)
        for message in found:
            assert message["Bcc"] is None
            assert message.defects == []
            (to,), (_subject,) = message.get_all("To", []), message.get_all("Subject", [])
            assert (len(to.addresses), to.defects) == (1, ())
            html, plain = message.get_body(("html",)), message.get_body(("plain",))
            assert html is not None
            assert plain is not None
            assert came_alive(html.get_content()) == []

    def _files(self, story: Story) -> None:
        for caller, path in (
            (story.seller, "/clientes/exportar.csv"),
            (story.seller, "/orcamentos.csv"),
            (story.admin, "/parceiros.csv"),
            (story.admin, "/usuarios.csv"),
        ):
            answer = caller.client.get(path)
            rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
            assert len({len(row) for row in rows}) == 1, path
            assert not [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)], path
            self._is_told(story, answer.text.replace('""', '"'))

    def _print(self, story: Story) -> None:
        answer = story.seller.client.get(f"{story.quote_url}/proposta.pdf")
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")
        if shutil.which("pdftotext") is None:
            return  # its words can be read by no other means here; that it was set at all is known
        command = ["pdftotext", "-layout", "-", "-"]
        text = subprocess.run(command, input=answer.data, capture_output=True, check=True).stdout.decode()
        if story.text != NAMES["foreign"]:
            self._is_told(story, text)


class TestACustomerWhoDeclines:
    @pytest.mark.parametrize("name", SHORT)
    def test_may_write_anything(self, hall: TownHall, name: str) -> None:
        things = hall.town.things[SUL]
        customer = hall.browser(None)
        customer.get(f"/p/{things['secret']}")
        answer = customer.submit(f"/p/{things['secret']}/recusa", {"reason": "other", "note": SHORT[name]})
        assert answer.status_code == 303
        page = Caller(hall, "seller").client.get(f"/orcamentos/{things['sent']}")
        assert "O cliente não aceitou" in page.text
        assert came_alive(page.text) == []
        with hall.app.app_context():
            assert db.session.scalar(select(Customer.id).limit(1)), "the table is still there"


SHEET = ProposalSheet(
    number="1",
    issued_on="",
    valid_until="",
    partner_name="P",
    partner_document="",
    seller_name="S",
    seller_contact="",
    customer_name="",
    customer_document="",
    customer_address="",
    alternatives=(),
    link="",
    is_draft=True,
)


class TestAPrint:
    def test_shows_every_character_it_says_the_font_has(self) -> None:
        kept = [chr(code) for code in range(0x20, 0x3000) if not unprintable(chr(code))]
        sheet = replace(SHEET, customer_name=" ".join(kept))
        assert render_proposal(sheet, now=NOON).startswith(b"%PDF-")

    def test_shows_a_box_for_any_other(self) -> None:
        sheet = replace(SHEET, customer_name="".join(map(chr, range(0x1F300, 0x1F700))) + SHORT["foreign"])
        assert render_proposal(sheet, now=NOON).startswith(b"%PDF-")
