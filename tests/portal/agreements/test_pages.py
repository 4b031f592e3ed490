"""Agreements on the screen: finance makes one, the signatory signs or is told that the figures changed."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.agreements.models import Agreement
from portal.agreements.rules.states import AgreementState
from portal.invoices.models import Invoice
from portal.shared import clock, tokens
from portal.shared.auth import Role
from portal.shared.tokens import Purpose
from portal.signatures.models import Envelope
from tests.factories.agreements import made, part_of, signed, wanted
from tests.factories.overdue import suspended
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.factories.signatures import link_to, mailed_code
from tests.factories.users import make_user
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location

SEEN = re.compile(r'name="seen" value="([^"]+)"')


def late(session: Session, email: str = MARIA) -> int:
    """A customer with an invoice of R$ 199,90 that suspended it."""
    house = make_house(session)
    house.customer.email = email
    suspended(session, house, now=clock.now())
    return house.customer.id


def terms(session: Session, customer_id: int) -> Agreement:
    return made(session, customer_id, clock.now(), wanted(clock.today(), entry=60_00, parts=2))


class TestFinance:
    def test_simulates_gives_a_reason_and_sends_it(
        self, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            customer_id = late(session)
            make_user(session, role=Role.FINANCE, email="carla@portal.example")
        visitor.sign_in("carla@portal.example", "boa noite padaria")
        address = f"/clientes/{customer_id}/acordo"
        page = visitor.get(address).text
        (invoice_id,) = re.findall(r'name="fatura" value="(\d+)"', page)
        day = clock.today().isoformat()
        chosen = {"fatura": invoice_id, "entry": "0,00", "parts": "2", "discount": "50", "entry_due_on": day}
        page = visitor.get(address, query_string=chosen).text
        assert "Além do que o cliente faz sozinho" in page
        assert "Parcela 2 de 2, vence em" in page
        seen = SEEN.search(page)
        assert seen is not None
        refused = visitor.submit(address, chosen | {"seen": seen[1], "reason": ""})
        assert refused.status_code == 422
        assert "Escreva por que o acordo vai além" in refused.text
        answer = visitor.submit(address, chosen | {"seen": seen[1], "reason": "Cliente há anos"})
        assert re.fullmatch(r"/acordos/\d+", location(answer))
        page = visitor.get(location(answer)).text
        assert "Aguardando assinatura" in page
        assert "Cliente há anos" in page

    @pytest.mark.deep
    def test_sees_a_part_as_an_invoice_that_is_no_payment_of_a_contract(
        self, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            want = wanted(clock.today(), entry=60_00, parts=2)
            part = part_of(session, signed(session, late(session), clock.now(), want), 2)
            part_id = part.id
            make_user(session, role=Role.FINANCE, email="carla@portal.example")
        visitor.sign_in("carla@portal.example", "boa noite padaria")
        page = visitor.get(f"/faturas/{part_id}").text
        assert "Ainda não há um link que funcione" in page
        assert re.search(r"<dt>Parcela</dt>\s*<dd[^>]*>\s*–", page)
        assert "None" not in page

    @pytest.mark.deep
    def test_keeps_what_was_typed_when_it_is_refused(
        self, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            customer_id = late(session)
            make_user(session, role=Role.FINANCE, email="carla@portal.example")
        visitor.sign_in("carla@portal.example", "boa noite padaria")
        typed = {"entry": "dez", "parts": "40", "discount": "0", "entry_due_on": "hoje"}
        page = visitor.get(f"/clientes/{customer_id}/acordo", query_string=typed)
        assert page.status_code == 422
        assert "Escreva um valor em reais" in page.text
        assert "De 1 a 12 parcelas" in page.text
        assert 'value="dez"' in page.text


class TestTheSignatory:
    def test_signs_and_the_invoices_are_held(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        assert self.sign(visitor, transaction).status_code == 303
        with transaction() as session:
            agreement = session.scalars(select(Agreement)).one()
            assert agreement.state is AgreementState.AWAITING_ENTRY

    @pytest.mark.deep
    def test_is_told_when_money_came_in_between_and_signs_nothing(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        answer = self.sign(visitor, transaction, pays_first=True)
        assert answer.status_code == 409
        assert "Os valores mudaram desde a simulação" in answer.text
        with transaction() as session:
            agreement = session.scalars(select(Agreement)).one()
            assert agreement.state is AgreementState.OFFERED  # until the job right after withdraws it
            assert session.get_one(Envelope, agreement.envelope_id).signed_at is None

    def sign(
        self, visitor: PortalClient, transaction: Transaction, *, pays_first: bool = False
    ) -> TestResponse:
        with transaction() as session:
            agreement = terms(session, late(session))
            envelope = session.get_one(Envelope, agreement.envelope_id)
            secret = link_to(session, envelope).secret()
            invoice_id = agreement.debts[0].invoice_id
        visitor.get(f"/assinar/{secret}")
        visitor.submit(f"/assinar/{secret}/codigo", {"agreed": "y"})
        with transaction() as session:
            code = mailed_code(session)
            if pays_first:
                pay(session, invoice_id=invoice_id, now=clock.now())
        visitor.get(f"/assinar/{secret}/confirmar")
        who = {"full_name": "Maria da Silva", "cpf": "529.982.247-25", "code": code}
        return visitor.submit(f"/assinar/{secret}/confirmar", who)


class TestTheCustomer:
    def test_sees_its_own_and_no_others(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            own, other = late(session), late(session, email="outra@mercado.example")
            own_id = signed(session, own, clock.now(), wanted(clock.today(), entry=60_00, parts=2)).id
            other_id = terms(session, other).id
            held = session.scalars(select(Invoice.id).where(Invoice.state == "in_agreement")).one()
        come_in(app, visitor, transaction)
        page = visitor.get("/assinante").text
        assert "Ver seu acordo" in page
        assert "Pague a entrada do acordo por Pix ou cartão" in page
        assert page.count("Pagar fatura") == 1  # the entry; later parts stand on the agreement's page
        assert "falta a entrada" in visitor.get(f"/assinante/acordos/{own_id}").text
        assert "Em acordo" in visitor.get("/assinante/faturas").text
        assert location(visitor.submit(f"/assinante/faturas/{held}/pagar")) == "/assinante"
        assert visitor.get(f"/assinante/acordos/{other_id}").status_code == 404
        assert visitor.submit(f"/assinante/acordos/{other_id}/assinar").status_code == 404


def test_the_link_of_a_held_invoice_leads_to_the_agreement(
    visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        agreement = signed(session, late(session), clock.now(), wanted(clock.today(), entry=60_00, parts=2))
        held = agreement.debts[0].invoice_id
        link = tokens.issue(
            session,
            purpose=Purpose.INVOICE,
            subject_id=held,
            now=clock.now(),
            valid_for=timedelta(days=30),
        )
        address = f"/pagar/{link.secret()}"
    text = visitor.get(address).text
    assert "Esta fatura está em um acordo" in text
    assert "Pix copia e cola" not in text
