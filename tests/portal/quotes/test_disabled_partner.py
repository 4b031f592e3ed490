"""A reseller that was disabled: what its customers could still answer, and what the vendor is told before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.partners.operations.registration import disable_partner, enable_partner
from portal.quotes.models import ProposalView, Quote
from portal.quotes.operations.answering import accept_quote, decline_proposal
from portal.quotes.rules.refusals import PartnerNoLongerServes
from portal.quotes.rules.states import QuoteState
from portal.shared.clock import at_sao_paulo
from portal.shared.tokens import LinkToken
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, House, draft, live, make_house, sent
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of

VENDOR = "Fale com Portal Sistemas Ltda.: financeiro@portal.example ou (48) 3000-0000"


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(hours=1), tick=True):
        yield


@pytest.fixture
def house(transaction: Transaction) -> House:
    with transaction() as session:
        house = make_house(session)
        for row in (house.partner, house.customer):
            session.refresh(row)
            session.expunge(row)
        return house


def here(session: Session, house: House) -> House:
    """The house as it stands in this session."""
    return replace(house, customer=session.get_one(Customer, house.customer.id))


@pytest.fixture
def secret(transaction: Transaction, house: House) -> str:
    """The link of a proposal that stands until 25/06/2026."""
    with transaction() as session:
        _, token = sent(session, here(session, house), terms=("annual",))
        return token.secret()


def disable(transaction: Transaction, house: House) -> None:
    with transaction() as session:
        partner = session.get_one(Partner, house.partner.id)
        disable_partner(session, partner=partner, reason="Encerrou", actor=house.admin, now=NOON)


def enable(transaction: Transaction, house: House) -> None:
    with transaction() as session:
        partner = session.get_one(Partner, house.partner.id)
        enable_partner(session, partner=partner, actor=house.admin, now=NOON)


def state_of(transaction: Transaction, quote_id: int) -> QuoteState:
    with transaction() as session:
        return live(session, session.get_one(Quote, quote_id)).state


class TestItsOpenProposal:
    @pytest.mark.deep
    def test_says_who_serves_instead_and_can_be_neither_accepted_nor_declined(
        self, visitor: PortalClient, secret: str, house: House, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        disable(transaction, house)
        accepted = visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"})
        declined = visitor.submit(f"/p/{secret}/recusa", {"reason": "price"})
        page = visitor.get(f"/p/{secret}")
        assert [answer.status_code for answer in (accepted, declined, page)] == [409, 409, 200]
        for answer in (accepted, declined, page):
            shown = text_of(answer.text)
            assert "Esta proposta foi suspensa" in shown
            assert "A revenda que enviou esta proposta não atende mais" in shown
            assert "Para contratar, fale com Portal Sistemas Ltda." in shown
            assert VENDOR in shown
            for gone in ("Aceitar esta proposta", "Não quero", "199,90", "Bruno Lima", "Baixar"):
                assert gone not in shown
        assert visitor.get(f"/p/{secret}/proposta.pdf").status_code == 303
        assert state_of(transaction, 1) is QuoteState.SENT

    def test_is_refused_by_the_operations_themselves(
        self, secret: str, house: House, transaction: Transaction
    ) -> None:
        disable(transaction, house)
        with transaction() as session:
            token = session.scalars(select(LinkToken)).one()
            with pytest.raises(PartnerNoLongerServes):
                accept_quote(session, token=token, quote_id=1, now=NOON)
            with pytest.raises(PartnerNoLongerServes):
                decline_proposal(session, token=token, reason="price", now=NOON)

    def test_is_not_told_as_seen_by_the_customer(
        self, visitor: PortalClient, secret: str, house: House, transaction: Transaction
    ) -> None:
        disable(transaction, house)
        visitor.get(f"/p/{secret}")
        with transaction() as session:
            assert session.scalar(select(func.count(ProposalView.id))) == 0

    @pytest.mark.deep
    def test_works_again_once_it_is_enabled(
        self, visitor: PortalClient, secret: str, house: House, transaction: Transaction
    ) -> None:
        disable(transaction, house)
        enable(transaction, house)
        assert "Aceitar esta proposta" in visitor.get(f"/p/{secret}").text
        assert visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"}).status_code == 303
        assert state_of(transaction, 1) is QuoteState.ACCEPTED

    @pytest.mark.deep
    def test_has_expired_when_it_is_enabled_too_late(
        self, visitor: PortalClient, secret: str, house: House, transaction: Transaction
    ) -> None:
        disable(transaction, house)
        with time_machine.travel(at_sao_paulo(date(2026, 6, 26)), tick=False):
            assert "Esta proposta foi suspensa" in visitor.get(f"/p/{secret}").text
            enable(transaction, house)
            assert "Esta proposta expirou" in visitor.get(f"/p/{secret}").text
            visitor.get("/entrar")  # a page with a token
            assert visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"}).status_code == 409


class TestItsAcceptedProposal:
    def test_stays_accepted_and_names_the_vendor_for_help(
        self, visitor: PortalClient, secret: str, house: House, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"})
        disable(transaction, house)
        shown = text_of(visitor.get(f"/p/{secret}").text)
        assert "Proposta aceita" in shown
        assert "199,90" in shown
        assert VENDOR in shown


class TestTheVendor:
    @pytest.mark.deep
    def test_is_told_before_how_much_is_touched_and_what_happens_to_it(
        self, house: House, client_of: ClientOf, transaction: Transaction
    ) -> None:
        admin, path = client_of(house.admin.user_id), f"/parceiros/{house.partner.id}"
        assert "suspensa" not in admin.get(path).text
        with transaction() as session:
            sent(session, here(session, house), terms=("annual",))
            draft(session, here(session, house))
        assert "1 proposta aberta fica suspensa: o cliente não pode" in text_of(admin.get(path).text)
        with transaction() as session:
            sent(session, here(session, house))
        shown = text_of(admin.get(path).text)
        assert "2 propostas abertas ficam suspensas: os clientes não podem" in shown
        assert "Reativar o parceiro devolve as que estão no prazo." in shown
        with time_machine.travel(at_sao_paulo(date(2026, 6, 26)), tick=False):
            assert "suspensa" not in client_of(house.admin.user_id).get(path).text

    def test_is_told_of_contracts_that_wait_for_their_signature(
        self, house: House, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_contract(session, here(session, house), state=ContractState.AWAITING_SIGNATURE)
        page = client_of(house.admin.user_id).get(f"/parceiros/{house.partner.id}")
        assert "1 contrato aguarda assinatura e continua valendo" in text_of(page.text)

    @pytest.mark.deep
    def test_hears_at_the_end_what_was_done(self, house: House, client_of: ClientOf, secret: str) -> None:
        admin, path = client_of(house.admin.user_id), f"/parceiros/{house.partner.id}"
        admin.get(path)
        admin.submit(f"{path}/desativar", {"reason": "Encerrou"})
        page = text_of(admin.get(path).text)
        assert "as propostas abertas estão suspensas" in page
        assert "fica suspensa:" not in page
