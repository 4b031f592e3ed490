"""A customer signs on a phone, with and without JavaScript, with the code of a real mail."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from portal.shared import clock
from portal.shared.db import db
from tests.factories.signatures import link_to, make_envelope
from tests.journeys.conftest import Complaints, OpenBrowser
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.databases import Database
from tests.support.live_server import LiveServer, serving
from tests.support.pdf import poppler
from tests.support.ports import wait_until
from tests.support.smtp import MailServer

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 844}
CODE = re.compile(r"^ +(\d{3} \d{3})\s*$", re.MULTILINE)


@pytest.fixture(scope="module")
def server(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running portal without demo data."""
    database.restore("empty")
    mail = MailServer()
    mail.start()
    with serving(database.url, tmp_path_factory.mktemp("live"), mail) as running:
        yield running
    mail.stop()


@pytest.fixture
def address(server: LiveServer, database: Database, tmp_path: Path) -> str:
    """A new signing link of the running portal."""
    from portal.app import create_app

    app = create_app(settings_for(database.url, tmp_path))
    with app.app_context():
        secret = link_to(db.session, make_envelope(db.session, now=clock.now())).secret()
        db.session.commit()
        db.engine.dispose()
    return f"{server.url}/assinar/{secret}"


def mailed_code(server: LiveServer, *, after: int) -> str:
    """The code in the first mail after so many."""

    def codes() -> list[str]:
        return [found[1] for mail in server.mail.messages[after:] if (found := CODE.search(_text(mail)))]

    wait_until(lambda: bool(codes()), what="a mail with a code")
    return codes()[-1]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return body.get_content() if body else ""


def sign(page: Page, server: LiveServer, *, check: CheckAccessibility | None) -> None:
    """From the open page to the moment when the signed file is being made."""
    before = len(server.mail.messages)
    page.get_by_label("Li e concordo com os termos").check()
    page.get_by_role("button", name="Continuar para assinar").click()
    expect(page.locator("h1")).to_have_text("Confirme que é você")
    if check:
        check(page)
    page.get_by_label("Nome completo").fill("maria da silva")
    page.get_by_label("CPF").fill("529.982.247-25")
    page.get_by_label("Código recebido por e-mail").fill(mailed_code(server, after=before))
    page.get_by_role("button", name="Confirmar assinatura").click()


@pytest.mark.parametrize(
    "with_script",
    [
        pytest.param(True, id="with JavaScript"),
        pytest.param(False, id="without", marks=pytest.mark.deep),
    ],
)
class TestSigningOnAPhone:
    def test_ends_with_a_sealed_copy_that_anybody_can_check(
        self,
        server: LiveServer,
        address: str,
        open_browser: OpenBrowser,
        check_accessibility: CheckAccessibility,
        tmp_path: Path,
        with_script: bool,
    ) -> None:
        check = check_accessibility if with_script else None
        page = open_browser(java_script_enabled=with_script)
        page.set_viewport_size(PHONE)
        page.goto(address)
        if check:
            check(page)
        page.get_by_role("button", name="Assinar depois (5 restantes)").click()
        expect(page.locator("h1")).to_have_text("Tudo bem, assine depois")
        page.get_by_role("link", name="Voltar ao documento").click()
        sign(page, server, check=check)
        copy = page.get_by_role("link", name="Baixar o documento assinado")
        expect(copy).to_be_visible(timeout=30_000)
        if check:
            check(page)
        with page.expect_download() as download:
            copy.click()
        file = tmp_path / "signed.pdf"
        download.value.save_as(file)
        assert "Signature is Valid." in poppler("pdfsig", file.read_bytes(), "-nocert")
        page.get_by_role("link", name="Conferir a assinatura").click()
        expect(page.get_by_text("O documento guardado está íntegro")).to_be_visible()
        if check:
            check(page)
        page.get_by_label("Arquivo PDF").set_input_files(file)
        page.get_by_role("button", name="Conferir o arquivo").click()
        expect(page.get_by_text("Documento autêntico")).to_be_visible()
        file.write_bytes(file.read_bytes() + b"\n")
        page.get_by_label("Arquivo PDF").set_input_files(file)
        page.get_by_role("button", name="Conferir o arquivo").click()
        expect(page.get_by_text("Algo foi acrescentado depois da assinatura")).to_be_visible()


class TestSigningByAnother:
    def test_is_refused_where_the_eye_is(
        self, server: LiveServer, address: str, open_browser: OpenBrowser, complaints: Complaints
    ) -> None:
        page = open_browser()
        page.set_viewport_size(PHONE)
        before = len(server.mail.messages)
        page.goto(address)
        page.get_by_label("Li e concordo com os termos").check()
        page.get_by_role("button", name="Continuar para assinar").click()
        page.get_by_label("Nome completo").fill("João Alves")
        page.get_by_label("CPF").fill("111.444.777-35")
        page.get_by_label("Código recebido por e-mail").fill(mailed_code(server, after=before))
        page.get_by_role("button", name="Confirmar assinatura").click()
        expect(page.get_by_text("não são os da pessoa registrada").first).to_be_visible()
        expect(page.get_by_label("Nome completo")).to_have_value("João Alves")
        assert [each[:3] for each in complaints.heard] == ["422"]
        complaints.heard.clear()
