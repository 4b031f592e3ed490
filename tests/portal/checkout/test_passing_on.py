"""Passing a link on by WhatsApp: proposal, signature, card, invoice, receipt."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.cards.models.cards import CardRequest
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer, Signatory
from portal.invoices.models import Invoice
from portal.quotes.models import QuoteVersion
from portal.shared.audit import LogEntry
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken
from tests.factories.cards import CardCase
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, House, draft, make_house, pending
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.letters import write_all
from tests.support.people import ClientOf

pytestmark = pytest.mark.usefixtures("noon")

ZE = {"to": "other", "name": "Zé Souza", "phone": "47 98888-4321"}


def typed(prefix: str, **values: str) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in values.items()}


def opened(answer: TestResponse) -> tuple[str, str]:
    """The number and the message of the WhatsApp that an answer goes on to."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert found, "the answer goes nowhere"
    address = urlsplit(html.unescape(found[1]))
    assert (address.scheme, address.netloc) == ("https", "wa.me")
    (text,) = parse_qs(address.query, strict_parsing=True)["text"]
    return address.path.removeprefix("/"), text


def path_in(message: str) -> str:
    return urlsplit(message.rpartition("\n")[2]).path


class Shop:
    """A seller, a customer whose signatory has the mobile (47) 99999-1234, and how much happened so far."""

    def __init__(self, customer_id: int, client: PortalClient, transaction: Transaction) -> None:
        self.client, self._transaction = client, transaction
        self.customer_id = customer_id
        client.get("/conta")

    def count(self, model: type[MailMessage] | type[LinkToken]) -> int:
        with self._transaction() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def prepared(self) -> list[str]:
        with self._transaction() as session:
            entries = select(LogEntry.summary).where(LogEntry.action == "whatsapp_prepared")
            return list(session.scalars(entries.order_by(LogEntry.id)))


type Arrange = Callable[[Session, House], object]
type OpenShop = Callable[[Arrange], Shop]


@pytest.fixture
def open_shop(transaction: Transaction, client_of: ClientOf) -> OpenShop:
    """The shop once something was arranged there."""

    def begin(arrange: Arrange) -> Shop:
        with transaction() as session:
            house = make_house(session)
            session.execute(update(Signatory).values(phone="47999991234"))
            session.expire_all()
            arrange(session, house)
            write_all(session)  # what it mails has left
            seller_id, customer_id = house.seller.user_id, house.customer.id
        return Shop(customer_id, client_of(seller_id), transaction)

    return begin


class TestAProposal:
    @pytest.mark.deep
    def test_is_ready_for_the_customer_without_any_mail(
        self, open_shop: OpenShop, transaction: Transaction, visitor: PortalClient
    ) -> None:
        shop = open_shop(draft)
        with transaction() as session:
            session.execute(update(Signatory).values(email=""))
            session.execute(update(Customer).values(email=""))
        page = shop.client.get("/orcamentos/1").text
        assert "Enviar por e-mail" in page
        assert "Maria da Silva, responsável: (47) 99999-1234" in html.unescape(page)
        answer = shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", to="signatory"))
        number, text = opened(answer)
        assert number == "5547999991234"
        assert text.startswith("Olá, Maria! Aqui é Bruno Lima, de ")
        assert shop.count(MailMessage) == 0
        with transaction() as session:
            (version,) = session.scalars(select(QuoteVersion))
            assert version.state.value == "sent"
        assert shop.prepared() == ["WhatsApp preparado para Maria da Silva (final 1234): proposta 000001"]
        page = shop.client.get("/orcamentos/1").text
        assert "Liberado para o cliente em" in page
        assert "Enviado em" not in page
        history = shop.client.get(f"/clientes/{shop.customer_id}/movimentacoes").text
        assert "WhatsApp preparado para Maria da Silva" in history
        assert "enviado" not in history.lower()
        assert "abriu" not in history
        assert visitor.get(path_in(text)).status_code == 200

    @pytest.mark.deep
    def test_keeps_the_link_that_was_mailed(self, open_shop: OpenShop) -> None:
        shop = open_shop(draft)
        shop.client.submit("/orcamentos/1/enviar")
        links = shop.count(LinkToken)
        texts = {
            opened(shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **ZE)))[1] for _ in range(2)
        }
        assert len(texts) == 1
        assert shop.count(LinkToken) == links
        assert shop.count(MailMessage) == 1

    def test_does_not_go_round_the_approval_it_needs(self, open_shop: OpenShop) -> None:
        shop = open_shop(pending)
        answer = shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **ZE))
        assert answer.status_code == 409
        assert "wa.me" not in answer.text
        assert shop.prepared() == []
        assert shop.count(LinkToken) == 0


class TestWhoeverIsChosen:
    @pytest.fixture
    def shop(self, open_shop: OpenShop) -> Shop:
        return open_shop(draft)

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("sent", "number", "greeting"),
        [
            ({"to": "signatory"}, "5547999991234", "Olá, Maria!"),
            ({"to": "customer"}, "554734331234", "Olá, Pão Quente!"),
            (ZE, "5547988884321", "Olá, Zé Souza!"),
            ({}, "5547999991234", "Olá, Maria!"),
        ],
    )
    def test_is_greeted_at_that_number(
        self, shop: Shop, sent: dict[str, str], number: str, greeting: str
    ) -> None:
        found, text = opened(shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **sent)))
        assert (found, text.partition(" Aqui")[0]) == (number, greeting)

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"to": "other", "name": "", "phone": "47999991234"}, "Escreva o nome"),
            ({"to": "other", "name": "Zé www.x.example", "phone": "47999991234"}, "Escreva-o sem “www.”."),
            ({"to": "other", "name": "Zé", "phone": ""}, "Escreva um celular com DDD"),
            ({"to": "other", "name": "Zé", "phone": "47 1234"}, "Escreva o telefone com DDD"),
            ({"to": "nobody", "name": "Zé", "phone": "47999991234"}, "Para quem"),
        ],
    )
    def test_is_asked_again_with_what_was_typed(self, shop: Shop, sent: dict[str, str], words: str) -> None:
        answer = shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **sent))
        assert answer.status_code == 422
        assert words in answer.text
        assert f'value="{sent["name"]}"' in answer.text
        assert shop.prepared() == []
        assert shop.count(LinkToken) == 0

    @pytest.mark.deep
    def test_is_typed_where_no_phone_can_have_whatsapp(self, shop: Shop, transaction: Transaction) -> None:
        with transaction() as session:
            session.execute(update(Signatory).values(phone=""))
            session.execute(update(Customer).values(phone="08001234567"))
        page = shop.client.get("/orcamentos/1").text
        assert "Não há celular no cadastro." in page
        assert "0800" not in page
        number, _text = opened(shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **ZE)))
        assert number == "5547988884321"

    @pytest.mark.deep
    def test_is_told_nothing_by_headers(self, shop: Shop) -> None:
        answer = shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **ZE))
        secret = path_in(opened(answer)[1]).rpartition("/")[2]
        assert len(secret) == 43
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "form-action 'self';" in answer.headers["Content-Security-Policy"]
        assert secret not in str(answer.headers)

    def test_leaves_no_secret_in_logs(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level("DEBUG", logger="portal"):
            _number, text = opened(shop.client.submit("/orcamentos/1/whatsapp", typed("proposta", **ZE)))
        assert "/orcamentos/<int:quote_id>/whatsapp 200" in caplog.text
        assert path_in(text).rpartition("/")[2] not in caplog.text
        assert "98888" not in caplog.text


class TestASignature:
    @pytest.mark.deep
    def test_is_passed_on_by_the_link_that_was_mailed(
        self, open_shop: OpenShop, visitor: PortalClient
    ) -> None:
        shop = open_shop(partial(make_contract, state=ContractState.AWAITING_SIGNATURE))
        mails, links = shop.count(MailMessage), shop.count(LinkToken)
        page = shop.client.get("/contratos/1").text
        assert page.count("Enviar por WhatsApp") == 1
        number, text = opened(shop.client.submit("/contratos/1/whatsapp", typed("assinatura", **ZE)))
        assert number == "5547988884321"
        assert "O contrato 000001 está pronto para assinatura." in text
        assert "vale até 17/06/2026" in text
        assert visitor.get(path_in(text)).status_code == 200
        assert (shop.count(MailMessage), shop.count(LinkToken)) == (mails, links)
        (line,) = shop.prepared()
        assert line == "WhatsApp preparado para Zé Souza (final 4321): assinatura do contrato 000001"

    @pytest.mark.deep
    def test_that_is_done_is_not_asked_for_any_more(self, open_shop: OpenShop) -> None:
        shop = open_shop(partial(make_contract, state=ContractState.AWAITING_PAYMENT))
        answer = shop.client.submit("/contratos/1/whatsapp", typed("assinatura", **ZE))
        assert answer.status_code == 409
        assert shop.prepared() == []


class TestAnInvoice:
    @pytest.fixture
    def shop(self, open_shop: OpenShop) -> Shop:
        return open_shop(partial(make_contract, state=ContractState.AWAITING_PAYMENT))

    @pytest.mark.deep
    def test_is_passed_on_by_the_link_it_is_paid_by(self, shop: Shop, visitor: PortalClient) -> None:
        assert "Enviar por WhatsApp" in shop.client.get("/faturas/1").text
        mails, links = shop.count(MailMessage), shop.count(LinkToken)
        _number, text = opened(shop.client.submit("/faturas/1/whatsapp", typed("fatura", **ZE)))
        assert "A fatura 000001, com vencimento em 15/06/2026, está pronta." in text
        assert "Pague sua fatura" in visitor.get(path_in(text)).text
        assert (shop.count(MailMessage), shop.count(LinkToken)) == (mails, links)
        assert shop.prepared() == ["WhatsApp preparado para Zé Souza (final 4321): fatura 000001"]

    def test_of_the_partner_is_offered_to_nobody_at_the_customer(
        self, shop: Shop, transaction: Transaction
    ) -> None:
        with transaction() as session:
            session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
            session.execute(update(Invoice).values(billed_to="partner"))
        page = shop.client.get("/faturas/1").text
        assert "Maria da Silva, responsável" not in page
        answer = shop.client.submit(
            "/faturas/1/whatsapp", typed("fatura", to="signatory", name="x", phone="")
        )
        assert answer.status_code == 422
        assert "wa.me" not in answer.text


class TestACard:
    @pytest.fixture
    def shop(self, card_case: CardCase, client_of: ClientOf) -> Shop:
        with card_case.transaction() as session:
            contract = load_contract(session, card_case.contract_id)
            return Shop(contract.customer_id, client_of(contract.quote.owner_id), card_case.transaction)

    @pytest.mark.deep
    def test_link_is_kept(self, card_case: CardCase, shop: Shop, visitor: PortalClient) -> None:
        contract = f"/contratos/{card_case.contract_id}"
        mails, links = shop.count(MailMessage), shop.count(LinkToken)
        assert "Enviar por WhatsApp" in shop.client.get(contract).text
        (text,) = {
            opened(shop.client.submit(f"{contract}/cartao/whatsapp", typed("cartao", **ZE)))[1]
            for _ in range(2)
        }
        assert path_in(text) == f"/cartao/{card_case.secret}"
        assert visitor.get(path_in(text)).status_code == 200
        assert (shop.count(MailMessage), shop.count(LinkToken)) == (mails, links)
        assert (
            shop.prepared()
            == ["WhatsApp preparado para Zé Souza (final 4321): cadastro do cartão (contrato 000001)"] * 2
        )

    def test_link_that_ended_is_made_anew_and_not_called_sent(
        self, card_case: CardCase, shop: Shop, visitor: PortalClient
    ) -> None:
        contract = f"/contratos/{card_case.contract_id}"
        with card_case.transaction() as session:
            session.execute(update(CardRequest).values(expires_at=NOON - timedelta(days=1)))
        mails = shop.count(MailMessage)
        _number, text = opened(shop.client.submit(f"{contract}/cartao/whatsapp", typed("cartao", **ZE)))
        assert path_in(text) != f"/cartao/{card_case.secret}"
        page = shop.client.get(contract).text
        assert "Link preparado para o WhatsApp" in page
        assert "Link enviado a" not in page
        assert visitor.get(path_in(text)).status_code == 200
        assert shop.count(MailMessage) == mails
