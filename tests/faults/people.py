"""What people do in a portal that has faults, in as few words as possible, without JavaScript."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from portal.demo.accounts import PASSWORD
from portal.quotes.models import Approval
from portal.quotes.rules.states import ApprovalState
from portal.shared import clock
from tests.support.live_server import LiveServer

SELLER, ADMIN = "rafael@norte.example", "elisa@portal.example"


def sign_in(page: Page, server: LiveServer, email: str = SELLER, password: str = PASSWORD) -> None:
    page.goto(f"{server.url}/entrar")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha", exact=True).fill(password)
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page).to_have_url(f"{server.url}/")


def open_builder(page: Page, server: LiveServer) -> None:
    """A new quote for the first customer."""
    page.goto(f"{server.url}/clientes")
    page.locator("a.row-title").first.click()
    page.get_by_role("link", name="Contratar", exact=True).click()
    page.get_by_role("link", name=re.compile("Hiper Gestão")).click()


def make_quote(page: Page, server: LiveServer) -> str:
    """A quote at Original; its address."""
    open_builder(page, server)
    page.get_by_role("button", name="Gerar proposta").click()
    expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))
    return page.url


def send_quote(page: Page) -> None:
    page.get_by_role("button", name="Enviar por e-mail").click()
    expect(page.get_by_text("Proposta enviada ao cliente por e-mail.")).to_be_visible()


@contextmanager
def rows_of(database_url: str) -> Iterator[Session]:
    """A session beside the running portal; commits at its end."""
    engine = create_engine(database_url)
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


def remind_nobody(database_url: str) -> None:
    """Every open request counts as reminded of: the half-hourly job has no mail to add to a test's."""
    with rows_of(database_url) as session:
        session.execute(
            update(Approval)
            .where(Approval.state == ApprovalState.PENDING)
            .values(reminded_at=clock.now(), escalated_at=clock.now())
        )
