"""Signing in to the Central do Assinante by a mailed link."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.customers.models import Contact, Customer
from portal.shared import clock
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose
from portal.subscribers.models import SubscriberSession, SubscriberSignIn
from tests.factories.invoices import make_billed
from tests.support.application import Transaction
from tests.support.card_processor import run_queue
from tests.support.clients import PortalClient, location
from tests.support.letters import all_written

MARIA = "maria@padaria.example"
GONE = "Este link não vale mais"


def bill(session: Session, email: str = MARIA) -> Customer:
    """A customer with this address and an open invoice of R$ 199,90."""
    customer = make_billed(session, now=clock.now()).house.customer
    customer.email = email
    session.flush()
    return customer


def ask(visitor: PortalClient, email: str = MARIA) -> str:
    """What the page says to somebody who asks for a link."""
    visitor.get("/assinante/entrar")
    answer = visitor.submit("/assinante/entrar", {"email": email})
    assert answer.status_code == 200
    return answer.text


def link(app: Flask, transaction: Transaction) -> str:
    """The address of the newest link, as its mail leaves."""
    run_queue(app, clock.now())
    with transaction() as session:
        kind = MailMessage.kind == "subscriber_sign_in"
        all_written(session, session.scalars(select(MailMessage).where(kind).order_by(MailMessage.id)).all())
        purpose = LinkToken.purpose == Purpose.SUBSCRIBER_SIGN_IN
        newest = select(LinkToken).where(purpose).order_by(LinkToken.id.desc()).limit(1)
        return f"/assinante/entrar/{session.scalars(newest).one().secret()}"


def come_in(app: Flask, visitor: PortalClient, transaction: Transaction, email: str = MARIA) -> str:
    """Sign in; the link that was used."""
    ask(visitor, email)
    address = link(app, transaction)
    visitor.get(address)
    assert location(visitor.submit(address)) == "/assinante"
    return address


class TestALink:
    @pytest.mark.deep
    def test_leads_to_the_account(self, app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            bill(session)
        come_in(app, visitor, transaction)
        page = visitor.get("/assinante").text
        assert "Faturas a pagar" in page
        assert "199,90" in page
        assert "Seu serviço ainda não começou" in page

    @pytest.mark.deep
    def test_is_not_used_up_by_being_opened(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        ask(visitor)
        address = link(app, transaction)
        for _ in range(3):
            assert MARIA in visitor.get(address).text
        assert visitor.get("/assinante").status_code == 303
        assert location(visitor.submit(address)) == "/assinante"

    @pytest.mark.deep
    def test_works_once(self, app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            bill(session)
        address = come_in(app, visitor, transaction)
        visitor.submit("/assinante/sair")
        again = visitor.get(address)
        assert (again.status_code, GONE in again.text) == (404, True)
        visitor.get("/assinante/entrar")
        assert visitor.submit(address).status_code == 404
        assert visitor.get("/assinante").status_code == 303

    def test_expires(self, app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            bill(session)
        ask(visitor)
        address = link(app, transaction)
        with transaction() as session:
            session.execute(update(LinkToken).values(expires_at=clock.now() - timedelta(seconds=1)))
        assert visitor.get(address).status_code == 404
        assert visitor.submit(address).status_code == 404

    def test_is_not_guessed(self, visitor: PortalClient) -> None:
        address = f"/assinante/entrar/{'A' * 43}"
        assert GONE in visitor.get(address).text
        visitor.get("/assinante/entrar")
        assert visitor.submit(address).status_code == 404

    def test_is_nothing_once_the_address_is_nobodys(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        ask(visitor)
        address = link(app, transaction)
        visitor.get(address)
        with transaction() as session:
            session.execute(update(Customer).values(email=""))
        assert visitor.submit(address).status_code == 404


class TestAskingForALink:
    def test_is_answered_alike_for_every_address(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        hers, nobodys = ask(visitor), ask(visitor, "nada@padaria.example")
        assert _without_tokens(hers.replace(MARIA, "")) == _without_tokens(
            nobodys.replace("nada@padaria.example", "")
        )
        run_queue(app, clock.now())
        with transaction() as session:
            assert session.scalars(select(SubscriberSignIn.email)).all() == [MARIA]

    @pytest.mark.deep
    def test_sends_three_mails_an_hour_and_does_not_say_so(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        answers = {_without_tokens(ask(visitor)) for _ in range(5)}
        run_queue(app, clock.now())
        with transaction() as session:
            mails = select(func.count(MailMessage.id)).where(MailMessage.kind == "subscriber_sign_in")
            assert session.scalar(mails) == 3
        assert len(answers) == 1

    def test_keeps_what_was_typed_wrong(self, visitor: PortalClient) -> None:
        visitor.get("/assinante/entrar")
        answer = visitor.submit("/assinante/entrar", {"email": "maria"})
        assert answer.status_code == 422
        assert 'value="maria"' in answer.text


class TestSeveralCompanies:
    @pytest.mark.deep
    def test_are_chosen_from_and_nothing_else_is(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            first, second, foreign = bill(session), bill(session, ""), bill(session, "jose@outra.example")
            session.add(
                Contact(customer_id=second.id, partner_id=second.partner_id, name="Maria", email=MARIA)
            )
            ids = first.id, second.id, foreign.id
        come_in(app, visitor, transaction)
        assert location(visitor.get("/assinante")) == "/assinante/empresas"
        visitor.get("/assinante/empresas")
        for customer_id in ids[:2]:
            chosen = visitor.submit("/assinante/empresas", {"customer_id": customer_id})
            assert location(chosen) == "/assinante"
            assert visitor.get("/assinante").status_code == 200
        assert visitor.submit("/assinante/empresas", {"customer_id": ids[2]}).status_code == 404

    def test_are_gone_for_whoever_is_removed(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        come_in(app, visitor, transaction)
        with transaction() as session:
            session.execute(update(Customer).values(email="outra@padaria.example"))
        assert location(visitor.get("/assinante")) == "/assinante/empresas"
        assert "não está mais no cadastro" in visitor.get("/assinante/empresas").text


class TestASession:
    def test_ends_with_leaving(self, app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            bill(session)
        come_in(app, visitor, transaction)
        visitor.get("/assinante")
        assert location(visitor.submit("/assinante/sair")) == "/assinante/entrar"
        with transaction() as session:
            assert session.scalars(select(SubscriberSession.ended_at)).one() is not None

    @pytest.mark.deep
    def test_opens_no_page_of_the_portal(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        come_in(app, visitor, transaction)
        assert location(visitor.get("/clientes")) == "/entrar?proximo=/clientes"


class TestPaying:
    @pytest.mark.deep
    def test_leads_to_the_page_of_the_invoice(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
        come_in(app, visitor, transaction)
        button = re.search(r'action="(/assinante/faturas/\d+/pagar)"', visitor.get("/assinante").text)
        assert button
        address = location(visitor.submit(button[1]))
        assert address.startswith("/pagar/")
        assert "Pague sua fatura" in visitor.get(address).text


def _without_tokens(page: str) -> str:
    return re.sub(r'value="[\w.-]{40,}"|"X-CSRFToken": "[^"]+"', "", page)
