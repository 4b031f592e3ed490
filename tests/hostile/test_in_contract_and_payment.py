"""A hostile name all the way: on contract, signing page, sealed file, boleto and the bank's file."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.remittances import make_remittance
from portal.banking.rules.boleto import BoletoState
from portal.contracts.rules.states import ContractState
from portal.customers.rules import SignatoryDetails
from portal.documents.queries import read_content
from portal.shared import queue, tokens
from portal.shared.db import db
from portal.shared.fields import one_line
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import Purpose
from portal.signatures.models import Envelope
from portal.signatures.rules.states import EnvelopeState
from tests.factories.bank_files import records
from tests.factories.contracts import make_contract
from tests.factories.payments import ACCOUNT
from tests.factories.quotes import NOON, House, make_house
from tests.factories.signatures import link_to, sign
from tests.hostile.pages import came_alive
from tests.hostile.texts import SHORT
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.letters import written
from tests.support.pdf import text_of
from tests.support.people import ClientOf

LINE_LENGTH = 400
IN_THE_FONT = {name: text for name, text in SHORT.items() if name not in {"foreign", "unseen"}}


def house_of(session: Session, text: str) -> House:
    """Everything a person may type about a customer is the text, as a form cleans it."""
    typed = one_line(text)
    who = SignatoryDetails(name=typed, cpf="52998224725", email="maria@paoquente.com.br")
    names = ("name", "trade_name", "street", "complement", "district", "city")
    return make_house(session, signatory=who, **dict.fromkeys(names, typed))


EVERY_RUN = {"markup", "typst", "control"}


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    "name", [name if name in EVERY_RUN else pytest.param(name, marks=pytest.mark.deep) for name in SHORT]
)
class TestAHostileCustomer:
    def test_signs_a_contract_that_only_shows_the_name(
        self, app: Flask, transaction: Transaction, visitor: PortalClient, client_of: ClientOf, name: str
    ) -> None:
        with transaction() as session:
            house = house_of(session, SHORT[name])
            contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
            contract_id, customer_id = contract.id, contract.customer_id
            envelope_id = contract.envelope_id
            envelope = session.get_one(Envelope, envelope_id)
            secret = link_to(session, envelope).secret()
            unsigned = text_of(read_content(session, envelope.file_id))
        page = visitor.get(f"/assinar/{secret}")
        assert (page.status_code, came_alive(page.text)) == (200, [])
        with transaction() as session:
            sign(session, session.get_one(Envelope, envelope_id))
        with app.app_context():
            queue.run_all(db.engine, clock=lambda: NOON)
        with transaction() as session:
            envelope = session.get_one(Envelope, envelope_id)
            assert envelope.state is EnvelopeState.SIGNED
            signed = text_of(read_content(session, envelope.signed_file_id or 0))
            code = envelope.verification_code
            bodies = [written(session, mail).html_body for mail in session.scalars(select(MailMessage)).all()]
        if name in IN_THE_FONT:
            wanted = "".join(one_line(SHORT[name]).split())
            assert all(wanted in "".join(text.split()) for text in (unsigned, signed))
        assert [body for body in bodies if came_alive(body)] == []
        seller = client_of(house.seller.user_id)
        for path in (f"/contratos/{contract_id}", f"/clientes/{customer_id}/documentos", "/contratos"):
            assert came_alive(seller.get(path).text) == []
        verified = visitor.get(f"/verificar/{code}")
        assert (verified.status_code, came_alive(verified.text)) == (200, [])

    def test_pays_by_a_boleto_the_bank_can_read(
        self, transaction: Transaction, visitor: PortalClient, name: str
    ) -> None:
        with transaction() as session:
            house = house_of(session, SHORT[name])
            make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
            file = make_remittance(session, account=ACCOUNT, actor=house.seller, now=NOON)
            *lines, end = records(session, file)
            boleto = session.scalars(select(Boleto)).one()
            boleto.state, boleto.registered_at = BoletoState.REGISTERED, NOON
            purpose, invoice_id = Purpose.INVOICE, boleto.invoice_id
            secret = tokens.issue(
                session, purpose=purpose, subject_id=invoice_id, now=NOON, valid_for=timedelta(days=1)
            ).secret()
        assert ({len(line) for line in lines}, end) == ({LINE_LENGTH}, "")
        assert all(line.isprintable() for line in lines)
        page = visitor.get(f"/pagar/{secret}")
        assert (page.status_code, came_alive(page.text)) == (200, [])
        slip = visitor.get(f"/pagar/{secret}/boleto.pdf")
        assert slip.data.startswith(b"%PDF-")
