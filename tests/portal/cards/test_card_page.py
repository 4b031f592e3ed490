"""The customer's card page: what it shows in every situation, and that opening it uses nothing up."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.cards.models.cards import CardRequest
from portal.cards.operations.expired_requests import expire_card_requests
from portal.cards.rules.cards import CardRequestState
from portal.contracts.operations.generating import replace_signatory
from portal.contracts.queries.reading import load_contract
from portal.customers.rules import SignatoryDetails
from portal.shared.audit import LogEntry
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose
from portal.users.models import User
from tests.factories.cards import CardCase
from tests.factories.contracts import printed
from tests.factories.quotes import NOON
from tests.factories.users import actor_of
from tests.support.card_processor import GOOD, REFUSED, CardProcessor
from tests.support.clients import PortalClient, location
from tests.support.letters import write_all, written
from tests.support.openers import NOT_THE_CUSTOMER
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of


def read(visitor: PortalClient, case: CardCase) -> str:
    """The page as it is read."""
    return text_of(visitor.get(f"/cartao/{case.secret}").text)


def tell(visitor: PortalClient, case: CardCase) -> int:
    """The browser says that the processor took the card."""
    return visitor.submit(f"/cartao/{case.secret}/conferir").status_code


class TestTheMail:
    def test_asks_the_signatory_and_says_what_will_be_charged(self, card_case: CardCase) -> None:
        with card_case.transaction() as session:
            mail = written(session, session.scalars(select(MailMessage).filter_by(kind="card_request")).one())
            text = mail.text_body.replace("\u00a0", " ")
            assert (mail.to_name, mail.to_address) == ("Maria da Silva", "maria@paoquente.com.br")
        assert "R$ 199,90, assim que o contrato for assinado" in text
        assert "R$ 199,90 por mês, no dia 15" in text
        assert "17/06/2026" in text  # valid for 7 days
        assert card_case.secret not in text  # it gets its link on the way out


class TestAnotherSignatory:
    def test_is_asked_for_the_card_too_and_the_former_link_ends(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        later = NOON + timedelta(hours=1)
        with card_case.transaction() as session:
            contract = load_contract(session, card_case.contract_id)
            seller = actor_of(session.get_one(User, card_case.seller_id))
            joao = SignatoryDetails(name="João Alves", cpf="11144477735", email="joao@paoquente.com.br")
            replace_signatory(session, contract=contract, signatory=joao, actor=seller, now=later)
            printed(session, card_case.contract_id, now=later + timedelta(seconds=2))
        with card_case.transaction() as session:
            asked = select(MailMessage.to_address).filter_by(kind="card_request").order_by(MailMessage.id)
            assert session.scalars(asked).all() == ["maria@paoquente.com.br", "joao@paoquente.com.br"]
            states = session.scalars(select(CardRequest.state).order_by(CardRequest.id)).all()
            assert states == [CardRequestState.REPLACED, CardRequestState.SENT]
        with time_machine.travel(later + timedelta(minutes=1)):
            assert "Dados do cartão" not in read(visitor, card_case)


class TestThePage:
    def test_says_who_asks_what_for_and_where_the_number_goes(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        page = read(visitor, card_case)
        for fact in (
            "Pedido de Sul Sistemas",
            "Padaria Pão Quente Ltda",
            "R$ 199,90, assim que o contrato for assinado",
            "Nós guardamos só a bandeira, os quatro últimos dígitos e a validade",
            "Ambiente de teste: não digite um cartão de verdade.",
            card_case.seller_email,
        ):
            assert fact in page, fact

    @pytest.mark.deep
    def test_names_ted_for_the_first_payment_where_that_is_agreed(
        self, visitor: PortalClient, card_later_case: CardCase
    ) -> None:
        assert "R$ 199,90 por TED, fora do cartão" in read(visitor, card_later_case)

    def test_lets_the_processor_in_and_no_other_page_does(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        policy = visitor.get(f"/cartao/{card_case.secret}").headers["Content-Security-Policy"]
        assert f"script-src 'self' {card_processor.url};" in policy
        assert f"connect-src 'self' {card_processor.url};" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert card_processor.url not in visitor.get("/entrar").headers["Content-Security-Policy"]

    def test_has_no_field_of_ours_for_a_card(self, visitor: PortalClient, card_case: CardCase) -> None:
        html = visitor.get(f"/cartao/{card_case.secret}").text
        assert html.count("<input") == 1
        assert 'name="csrf_token"' in html

    def test_tells_browsers_without_javascript_what_to_do(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        page = read(visitor, card_case)
        assert "o navegador precisa de JavaScript" in page
        assert "Pix ou boleto" in page

    def test_is_not_found_by_a_guess_or_with_a_link_of_another_purpose(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        assert visitor.get("/cartao/a-guess").status_code == 404
        with card_case.transaction() as session:
            write_all(session)
            signing = session.scalars(select(LinkToken).where(LinkToken.purpose == Purpose.SIGNATURE)).first()
            assert signing is not None
            other = signing.secret()
        assert visitor.get(f"/cartao/{other}").status_code == 404


class TestOpening:
    @pytest.mark.deep
    def test_is_remembered_once_and_uses_nothing_up(self, visitor: PortalClient, card_case: CardCase) -> None:
        for minutes in (0, 5):
            with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
                visitor.get(f"/cartao/{card_case.secret}")
        (request,) = card_case.requests()
        assert (request.state, request.opened_at) == (CardRequestState.OPENED, NOON)
        with card_case.transaction() as session:
            asked = select(LogEntry.action, LogEntry.actor_label).filter_by(subject_type="card_requests")
            assert [tuple(row) for row in session.execute(asked.order_by(LogEntry.id))] == [
                ("card_requested", "Sistema"),
                ("card_page_opened", "Cliente: Maria da Silva"),
            ]
        assert "Cadastrar cartão" in read(visitor, card_case)

    @pytest.mark.parametrize("kind", NOT_THE_CUSTOMER)
    def test_by_a_program_or_ahead_is_answered_and_nothing_else(
        self, visitor: PortalClient, card_case: CardCase, kind: str
    ) -> None:
        page = visitor.get(f"/cartao/{card_case.secret}", headers=NOT_THE_CUSTOMER[kind])
        assert "Cadastrar cartão" in page.text
        assert card_case.requests()[0].state is CardRequestState.SENT

    def test_by_one_of_ours_is_nothing(self, client_of: ClientOf, card_case: CardCase) -> None:
        with card_case.transaction() as session:
            seller = session.scalars(select(User.id).order_by(User.id)).first() or 0
        assert client_of(seller).get(f"/cartao/{card_case.secret}").status_code == 200
        assert card_case.requests()[0].state is CardRequestState.SENT
        with card_case.transaction() as session:
            actions = session.scalars(select(LogEntry.action).filter_by(subject_type="card_requests"))
            assert "card_page_opened" not in list(actions)

    def test_by_a_head_request_is_nothing(self, visitor: PortalClient, card_case: CardCase) -> None:
        visitor.head(f"/cartao/{card_case.secret}")
        assert card_case.requests()[0].state is CardRequestState.SENT


class TestRegistering:
    def test_keeps_what_may_be_shown_and_uses_the_link_up(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        card_case.type_card()
        assert tell(visitor, card_case) == 303
        assert "Confirmando o cartão com a operadora" in read(visitor, card_case)
        card_case.work_off()
        assert "Visa final 4242, válido até 12/2030" in read(visitor, card_case)
        (card,) = card_case.cards()
        assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 12, 2030)
        assert card_case.requests()[0].registered_at == NOON
        assert tell(visitor, card_case) == 409

    @pytest.mark.deep
    def test_is_asked_for_by_a_page_that_waits_and_then_reloads(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        card_case.type_card()
        tell(visitor, card_case)
        waiting = visitor.ask(f"/cartao/{card_case.secret}")
        assert waiting.status_code == 200
        assert 'hx-trigger="every 1s"' in waiting.text
        card_case.work_off()
        done = visitor.ask(f"/cartao/{card_case.secret}")
        assert (done.status_code, location(done)) == (204, f"/cartao/{card_case.secret}")

    def test_believes_no_browser(self, visitor: PortalClient, card_case: CardCase) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        tell(visitor, card_case)
        card_case.work_off()
        assert card_case.cards() == []
        assert "Cadastrar cartão" in read(visitor, card_case)

    def test_can_be_tried_again_after_a_refusal(self, visitor: PortalClient, card_case: CardCase) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        card_case.type_card(REFUSED)
        tell(visitor, card_case)
        card_case.work_off()
        assert "A operadora encerrou a última tentativa. Nada foi cobrado." in read(visitor, card_case)
        visitor.submit(f"/cartao/{card_case.secret}/preparo")
        card_case.work_off()
        card_case.type_card(GOOD)
        tell(visitor, card_case)
        card_case.work_off()
        assert [card.last4 for card in card_case.cards()] == ["4242"]

    @pytest.mark.deep
    def test_counts_when_the_customer_was_done_in_time_though_we_heard_later(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        with time_machine.travel(NOON + timedelta(days=7, seconds=-1), tick=False):
            visitor.get(f"/cartao/{card_case.secret}")
            card_case.type_card()
            tell(visitor, card_case)
        with card_case.transaction() as session:
            assert expire_card_requests(session, now=NOON + timedelta(days=7, minutes=1)) == 0
        card_case.work_off(NOON + timedelta(days=7, minutes=1))
        assert len(card_case.cards()) == 1


class TestALinkThatWorksNoMore:
    def test_says_that_it_expired_and_whom_to_ask(self, visitor: PortalClient, card_case: CardCase) -> None:
        late = NOON + timedelta(days=7)
        with time_machine.travel(late, tick=False):
            assert (
                f"terminou em 17/06/2026. Peça um novo link a Bruno Lima: {card_case.seller_email}"
                in read(visitor, card_case)
            )
            with card_case.transaction() as session:
                assert expire_card_requests(session, now=late) == 1
            assert "Este link expirou" in read(visitor, card_case)
        with card_case.transaction() as session:
            mail = session.scalars(select(MailMessage).filter_by(kind="payment_update")).one()
            told = written(session, mail)
            assert told.to_address == card_case.seller_email
            assert told.subject == "Link do cartão expirado: Padaria Pão Quente Ltda"

    def test_says_nothing_any_more_long_after_its_end(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        with time_machine.travel(NOON + timedelta(days=97), tick=False):
            answer = visitor.get(f"/cartao/{card_case.secret}")
            assert answer.status_code == 404
            assert "Peça um novo a quem o enviou." in answer.text
            assert card_case.seller_email not in answer.text

    def test_says_that_a_newer_one_was_sent(
        self, visitor: PortalClient, client_of: ClientOf, card_case: CardCase
    ) -> None:
        seller = client_of(card_case.seller_id)
        seller.get("/conta")
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            assert seller.submit(f"/contratos/{card_case.contract_id}/cartao").status_code == 303
            assert "Este link foi substituído" in read(visitor, card_case)
        (request,) = card_case.requests()
        assert (request.times_sent, request.state) == (2, CardRequestState.SENT)

    @pytest.mark.deep
    def test_takes_no_card_for_the_old_one(
        self, visitor: PortalClient, client_of: ClientOf, card_case: CardCase
    ) -> None:
        """A page left open: the card is taken by the link that works, not twice."""
        visitor.get(f"/cartao/{card_case.secret}")
        seller = client_of(card_case.seller_id)
        seller.get("/conta")
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            seller.submit(f"/contratos/{card_case.contract_id}/cartao")
            card_case.type_card()
            assert tell(visitor, card_case) == 409
