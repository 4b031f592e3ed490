"""Subjects and names of every length arrive as they were written: read by parsers that are not ours."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.gateways.mail.smtp import SmtpGateway
from portal.shared.mail_headers import SMTP, Subject
from tests.support.smtp import MailServer

SENTENCES = (
    "Açougue Três Irmãos São João ",
    "Orçamento aprovado: Associação Nẽn Ga Tupỹ & Cia. – “Pão” ",
    "Proposta 12 for an all plain name, of Padaria Ltda. (matriz) ",
    "é ",
    "🍞 パン屋 ",
    "Responsável Conceição Encarnação Assunção D’Ávila Guimarães ",
    f"{'Supercalifragilístico' * 6} ",
    f"{'A' * 130} é ",
    "=?utf-8?q?Ana?= ",
)
WORDS = (
    "Açougue",
    "Três",
    "é",
    "Ltda.",
    "&",
    "(matriz)",
    "a@b",
    "Nẽn",
    "🍞",
    "=?utf-8?q?x?=",
    "x" * 90,
    "1.234,56",
)


class RawServer(MailServer):
    """Keeps the bytes too."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def server() -> Iterator[RawServer]:
    made = RawServer()
    made.start()
    yield made
    made.stop()


def a_mail(subject: str, name: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Portal da Revenda São João", addr_spec="portal@vendor.example")
    message["To"] = Address(name, addr_spec="ana@padaria.example")
    message["Subject"] = Subject(subject)
    message.set_content("x")
    return message


def check(raw: bytes, subject: str, name: str) -> None:
    """Two parsers, of which one folds by the rules of today and one by those of 2001, read the same."""
    head = raw.split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 98  # longer only for a word that cannot be broken
    new = message_from_bytes(raw, policy=policy.default)
    assert new["Subject"] == subject
    assert (len(new["To"].addresses), new["To"].addresses[0].addr_spec) == (1, "ana@padaria.example")
    assert (new["Subject"].defects, new["To"].defects) == ((), ())
    old = message_from_bytes(raw, policy=policy.compat32)
    assert "".join(str(make_header(decode_header(old["Subject"]))).splitlines()) == subject
    assert "".join(str(make_header(decode_header(old["To"]))).splitlines()) == f"{name} <ana@padaria.example>"


class TestASubjectAndAName:
    @pytest.mark.deep
    @pytest.mark.parametrize("sentence", SENTENCES)
    def test_of_every_length_arrive_as_they_were_written(self, server: RawServer, sentence: str) -> None:
        gateway = SmtpGateway(host=server.host, port=server.port)
        texts = [(sentence * 40)[:length].strip() for length in (*range(1, 120, 3), 200, 500)]
        for text in texts:
            gateway.send(a_mail(text, text))
        assert len(server.raw) == len(texts)
        for raw, text in zip(server.raw, texts, strict=True):
            check(raw, text, text)

    @pytest.mark.deep
    @given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=20).map(" ".join), st.text(max_size=60))
    def test_of_any_words_arrive_so_too(self, subject: str, free: str) -> None:
        name = " ".join("".join(c if c.isprintable() else " " for c in free).split()) or "Ana"
        check(a_mail(subject, name).as_bytes(), subject, name)

    def test_of_plain_words_stay_readable_in_the_source(self) -> None:
        head = a_mail("Proposta 12: Padaria Ltda. (matriz)", "Ana Souza").as_bytes().split(b"\r\n\r\n")[0]
        assert b"Subject: Proposta 12: Padaria Ltda. (matriz)\r\n" in head
        assert b"To: Ana Souza <ana@padaria.example>\r\n" in head

    def test_keep_the_space_where_one_parser_adds_some(self) -> None:
        """Python's own reads a space too many between two encoded words of a name: hence few of them."""
        for name in ("Açougue Três Irmãos", "Associação dos Produtores de Açaí e Cupuaçu do Baixo Amazonas"):
            message = message_from_bytes(a_mail("x", name).as_bytes(), policy=policy.default)
            assert message["To"].addresses[0].display_name == name
