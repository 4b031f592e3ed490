"""From the click to a document that waits for its signature."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.drafting import draft_contract
from portal.contracts.operations.generating import generate_contract, prepare_printing, replace_signatory
from portal.contracts.operations.templates import write_template
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.refusals import IncompleteRegistration
from portal.contracts.rules.states import ContractKind, ContractState, NotPossibleNow
from portal.customers.rules import SignatoryDetails
from portal.documents.models import StoredFile
from portal.documents.queries import read_content, read_paper
from portal.documents.rules.paper import Paper, paper_to_json
from portal.quotes.operations.answering import accept_quote
from portal.quotes.rules.states import QuoteState
from portal.shared import queue
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.signatures.models import Envelope
from portal.signatures.rules.states import EnvelopeState
from tests.factories.contracts import COMPANY, generated, make_contract, printed, sign
from tests.factories.quotes import NOON, live, make_house, sent
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction

JOAO = SignatoryDetails(name="João Alves", cpf="11144477735", email="joao@paoquente.com.br")


def words_of(paper: Paper) -> str:
    return json.dumps(paper_to_json(paper), ensure_ascii=False)


class TestAnAcceptedQuote:
    def test_begins_one_contract_however_often_it_is_told(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        version = accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        again = draft_contract(session, version_id=version.id, now=NOON)
        contract = session.scalars(select(Contract)).one()
        assert again.id == contract.id
        assert (contract.kind, contract.state) == (ContractKind.ACTIVATION, ContractState.DRAFT)
        assert (contract.quote_id, contract.version_id) == (quote.id, version.id)


class TestGenerating:
    @pytest.mark.deep
    def test_keeps_the_document_asks_the_signatory_and_makes_the_quote_contracted(
        self, session: Session
    ) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert contract.file_id is not None
        assert read_content(session, contract.file_id).startswith(b"%PDF-")
        envelope = session.get_one(Envelope, contract.envelope_id)
        assert (envelope.signer_name, envelope.signer_email) == ("Maria da Silva", "maria@paoquente.com.br")
        assert live(session, contract.quote).state is QuoteState.CONTRACTED

    @pytest.mark.deep
    def test_happens_by_the_job_once_for_two_clicks(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            house = make_house(session)
            contract_id = make_contract(session, house).id
        for _click in range(2):
            with transaction() as session:
                contract = load_contract(session, contract_id)
                generate_contract(session, contract=contract, actor=house.seller, now=NOON)
        with app.app_context():
            queue.run_all(db.engine, clock=lambda: NOON + timedelta(seconds=1))
        with transaction() as session:
            contract = load_contract(session, contract_id)
            assert contract.state is ContractState.AWAITING_SIGNATURE
            assert len(session.scalars(select(StoredFile)).all()) == 1
            mails = select(MailMessage).where(MailMessage.kind == "signature_request")
            assert len(session.scalars(mails).all()) == 1

    @pytest.mark.parametrize(
        ("lacking", "said"),
        [({"signatory": None}, "Falta o responsável"), ({"street": ""}, "Falta completar o endereço")],
    )
    def test_is_refused_without_what_the_contract_names(
        self, session: Session, lacking: dict[str, Any], said: str
    ) -> None:
        house = make_house(session, **lacking)
        contract = make_contract(session, house)
        with pytest.raises(IncompleteRegistration, match=said) as refused:
            generate_contract(session, contract=contract, actor=house.seller, now=NOON)
        assert refused.value.field == "customer"
        assert load_contract(session, contract.id).generation_asked_at is None

    def test_again_after_it_was_sent_is_refused(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        with pytest.raises(NotPossibleNow, match="já foi gerado"):
            generate_contract(session, contract=contract, actor=house.seller, now=NOON)

    @pytest.mark.deep
    def test_keeps_the_text_of_the_click_when_a_new_one_is_written_meanwhile(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house)
        generate_contract(session, contract=contract, actor=house.seller, now=NOON)
        admin = actor_of(make_user(session, role=house.admin.role))
        write_template(
            session,
            clauses="# Outra\nTexto que veio depois.",
            note="Tudo novo",
            based_on=1,
            actor=admin,
            now=NOON,
        )
        contract = printed(session, contract.id)
        assert contract.template is not None
        assert contract.file_id is not None
        assert contract.template.number == 1
        assert "Texto que veio depois" not in words_of(read_paper(session, contract.file_id))
        other = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert other.file_id is not None
        assert "Texto que veio depois" in words_of(read_paper(session, other.file_id))

    @pytest.mark.deep
    def test_stops_when_the_contract_was_canceled_while_it_was_printed(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house)
        generate_contract(session, contract=contract, actor=house.seller, now=NOON)
        cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON)
        printing = prepare_printing(session, contract_id=contract.id, company=COMPANY, now=NOON)
        assert printing is None
        assert session.scalars(select(Envelope)).all() == []


class TestThePaper:
    def test_names_parties_prices_and_payments_but_neither_cost_nor_repasse(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(
            session,
            house,
            state=ContractState.AWAITING_SIGNATURE,
            quantities={"user": 3},
            negotiated_total=200_00,
            setup=True,
        )
        assert contract.file_id is not None
        paper = read_paper(session, contract.file_id)
        words = words_of(paper)
        for said in (
            "Portal Sistemas Ltda.",
            "Sul Sistemas Ltda.",
            "Padaria Pão Quente Ltda",
            "Maria da Silva",
            "529.982.247-25",
            "Rua das Palmeiras, 120",
            "R$\u00a0200,00",
            "10/06/2026",
            "31/07/2026",
            "15/07/2026",
            "Boleto bancário",
            "A fatura do primeiro pagamento chega por e-mail e vence em 15/06/2026.",
        ):
            assert said in words, said
        breakdown = contract.version.breakdown
        for hidden in ("repasse", "breakdown", "mínimo"):
            assert hidden not in words.split("Pagamentos")[0].lower(), hidden
        for name in ("cost", "repasse", "minimum", "central_fee"):
            amount = breakdown["monthly"][name].replace(".", ",")
            assert f"R$\u00a0{amount}" not in words, name

    @pytest.mark.deep
    def test_promises_no_invoice_to_who_pays_by_card(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(
            session, house, state=ContractState.AWAITING_SIGNATURE, payment_method="card"
        )
        assert contract.file_id is not None
        assert "fatura" not in words_of(read_paper(session, contract.file_id)).partition("Partes e quadro")[0]


class TestAnotherSignatory:
    def test_gets_a_new_document_and_the_former_link_leads_nowhere(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        former, first_file = contract.envelope_id, contract.file_id
        later = NOON + timedelta(hours=1)
        replace_signatory(session, contract=contract, signatory=JOAO, actor=house.seller, now=later)
        assert session.get_one(Envelope, former).state is EnvelopeState.CANCELED
        contract = printed(session, contract.id, now=later + timedelta(seconds=2))
        envelope = session.get_one(Envelope, contract.envelope_id)
        assert (envelope.signer_name, envelope.state) == ("João Alves", EnvelopeState.OPEN)
        assert contract.file_id not in (None, first_file)
        assert contract.file_id is not None
        assert "João Alves" in words_of(read_paper(session, contract.file_id))
        assert contract.customer.signatory is not None
        assert contract.customer.signatory.name == "João Alves"
        assert contract.state is ContractState.AWAITING_SIGNATURE

    def test_is_too_late_once_it_was_signed(self, session: Session) -> None:
        house = make_house(session)
        contract = generated(session, make_contract(session, house).id, house)
        contract = sign(session, contract.id)
        with pytest.raises(NotPossibleNow, match="já foi assinado"):
            replace_signatory(session, contract=contract, signatory=JOAO, actor=house.seller, now=NOON)
