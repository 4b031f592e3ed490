"""Charging a registered card: when, once, and what becomes of it."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.cards.operations.charging import charge_when_ready
from portal.cards.operations.due import retry_charges
from portal.cards.operations.requests import card_link
from portal.cards.queries.cards import find_card
from portal.cards.rules.cards import ChargeState, card_in_words, declined_sentence, next_try_on
from portal.cards.scheduled import sweep_cards
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose
from portal.subscriptions.rules import BilledTo
from tests.factories.cards import CardCase, make_waiting_charge
from tests.factories.invoices import make_contract_row, make_invoice
from tests.factories.payments import pay
from tests.factories.quotes import NOON, make_house
from tests.support.card_processor import ASKS_BANK, GOOD, REFUSED_WHEN_CHARGED, CardProcessor
from tests.support.clients import PortalClient
from tests.support.letters import Written, all_written, mailed_link
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of

DAY = timedelta(days=1)


def register(visitor: PortalClient, case: CardCase, number: str = GOOD) -> None:
    """The customer registers a card, and what follows is done."""
    visitor.get(f"/cartao/{case.secret}")
    case.type_card(number)
    visitor.submit(f"/cartao/{case.secret}/conferir")
    case.work_off()


def ask_for_another_card(client_of: ClientOf, case: CardCase) -> None:
    """The seller sends another link; the processor gets ready."""
    seller = client_of(case.seller_id)
    seller.get("/conta")
    assert seller.submit(f"/contratos/{case.contract_id}/cartao").status_code == 303
    with case.transaction() as session:
        request = case.requests()[-1]
        case.secret = mailed_link(session, "card_request", request.id).secret()
    case.work_off()


def states(case: CardCase) -> list[ChargeState]:
    return [charge.state for charge in case.charges()]


def mails(case: CardCase, kind: str) -> list[Written]:
    with case.transaction() as session:
        found = session.scalars(select(MailMessage).filter_by(kind=kind).order_by(MailMessage.id)).all()
        return all_written(session, found)


def invoice_secret(case: CardCase) -> str:
    """Of the last link to the invoice that was mailed."""
    with case.transaction() as session:
        links = select(LinkToken).where(LinkToken.purpose == Purpose.INVOICE).order_by(LinkToken.id.desc())
        token = session.scalars(links).first()
        assert token is not None
        return token.secret()


def tried_again(case: CardCase, now: datetime) -> bool:
    """Whether the job of a morning charges the card again; what follows is done."""
    with case.transaction() as session:
        begun = retry_charges(session, now=now)
    case.work_off(now)
    return begun == 1


class TestTheFirstPayment:
    @pytest.mark.deep
    @pytest.mark.parametrize("card_first", [True, False], ids=["card first", "signature first"])
    def test_is_charged_as_soon_as_contract_and_card_are_there(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor, card_first: bool
    ) -> None:
        steps: list[Callable[[], None]] = [lambda: register(visitor, card_case), card_case.sign]
        for step in steps if card_first else reversed(steps):
            assert card_processor.succeeded() == []
            step()
        card_case.work_off()
        (taken,) = card_processor.succeeded()
        assert (taken["amount"], taken["currency"]) == (199_90, "brl")
        assert states(card_case) == [ChargeState.SUCCEEDED]
        assert card_case.contract().state is ContractState.ACTIVE
        with card_case.transaction() as session:
            payment = session.scalars(select(Payment)).one()
            assert (payment.key, payment.amount_cents) == (f"card:{taken['payment_intent']}", 199_90)

    @pytest.mark.deep
    def test_is_not_charged_where_it_is_agreed_by_ted(
        self, visitor: PortalClient, card_later_case: CardCase, card_processor: CardProcessor
    ) -> None:
        register(visitor, card_later_case)
        card_later_case.sign()
        card_later_case.work_off()
        assert len(card_later_case.cards()) == 1
        assert card_processor.list_all("payment_intents") == []

    def test_is_not_charged_when_it_was_paid_another_way_meanwhile(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        register(visitor, card_case)
        card_case.sign()  # the charge is enqueued, not made
        with card_case.transaction() as session:
            pay(session, invoice_id=session.scalars(select(Invoice.id)).one(), now=NOON)
        card_case.work_off()
        assert states(card_case) == [ChargeState.CANCELED]
        assert card_processor.list_all("payment_intents") == []


class TestALimitThatWasUsedUp:
    @pytest.mark.deep
    def test_makes_the_contract_active_when_the_next_try_is_taken(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        register(visitor, card_case)
        card_case.sign()
        with card_case.transaction() as session:  # the bank refused this time
            charge = session.scalars(select(Charge)).one()
            charge.state, charge.settled_at = ChargeState.DECLINED, NOON
            charge.reason = "insufficient_funds"
        card_case.work_off()
        assert card_case.contract().state is ContractState.AWAITING_PAYMENT
        assert tried_again(card_case, NOON + DAY)
        assert states(card_case) == [ChargeState.DECLINED, ChargeState.SUCCEEDED]
        assert card_case.contract().state is ContractState.ACTIVE


class TestTheHistoryAtTheCustomer:
    @pytest.mark.deep
    def test_tells_at_one_look_that_the_card_lacks_until_it_is_there(
        self, visitor: PortalClient, client_of: ClientOf, card_case: CardCase
    ) -> None:
        seller = client_of(card_case.seller_id)
        pages = (
            f"/clientes/{card_case.contract().customer_id}/contratacoes",
            "/contratos",
            "/contratos.csv",
            f"/contratos/{card_case.contract_id}",
            "/orcamentos/1",
        )

        def told(words: str) -> bool:
            return all(words in text_of(seller.get(page).text) for page in pages)

        assert told("Faltam a assinatura e o cadastro do cartão")
        card_case.sign()
        assert told("Falta o cadastro do cartão")
        assert "o link para cadastrar o cartão" in seller.get(f"/contratos/{card_case.contract_id}").text
        register(visitor, card_case, REFUSED_WHEN_CHARGED)
        assert told("Falta o primeiro pagamento")


class TestARefusal:
    @pytest.fixture
    def refused(self, visitor: PortalClient, card_case: CardCase) -> CardCase:
        register(visitor, card_case, REFUSED_WHEN_CHARGED)
        card_case.sign()
        card_case.work_off()
        return card_case

    @pytest.mark.deep
    def test_is_told_to_the_customer_and_the_seller_with_what_to_do(self, refused: CardCase) -> None:
        assert states(refused) == [ChargeState.DECLINED]
        assert refused.contract().state is ContractState.AWAITING_PAYMENT
        (mail,) = mails(refused, "card_charge")
        assert mail.subject == "Não conseguimos cobrar seu cartão"
        assert "Não conseguimos cobrar o cartão final 0341: o banco recusou." in mail.text_body
        assert "Tente outro cartão ou pague por Pix." in mail.text_body
        last = mails(refused, "payment_update")[-1]
        assert (last.to_address, last.subject) == (
            refused.seller_email,
            "Cartão recusado: Padaria Pão Quente Ltda",
        )

    @pytest.mark.deep
    def test_is_not_followed_by_another_charge_of_the_same_card(
        self, refused: CardCase, card_processor: CardProcessor
    ) -> None:
        """Whatever asks again whether it is time to charge: a fact told twice, a sweep."""
        with refused.transaction() as session:
            assert charge_when_ready(session, contract_id=refused.contract_id, now=NOON) is None
            sweep_cards(session, now=NOON + timedelta(minutes=10))
        refused.work_off(NOON + timedelta(minutes=10))
        assert states(refused) == [ChargeState.DECLINED]
        assert len(card_processor.list_all("payment_intents")) == 1

    @pytest.mark.deep
    def test_is_tried_again_with_the_same_card_on_days_1_3_and_7(
        self, refused: CardCase, card_processor: CardProcessor
    ) -> None:
        tried = [day for day in range(10) if tried_again(refused, NOON + day * DAY)]
        assert tried == [1, 3, 7]
        assert states(refused) == [ChargeState.DECLINED] * 4
        assert len(card_processor.list_all("payment_intents")) == 4
        assert [
            mail.text_body.count("tentamos este cartão de novo") for mail in mails(refused, "card_charge")
        ] == [*(1, 1, 1, 0)]

    def test_says_on_which_day_the_card_is_tried_again(self, refused: CardCase, client_of: ClientOf) -> None:
        assert "tentamos este cartão de novo em 11/06/2026." in mails(refused, "card_charge")[0].text_body
        page = client_of(refused.seller_id).get(f"/contratos/{refused.contract_id}").text
        assert "Nova tentativa em 11/06/2026" in page

    @pytest.mark.deep
    def test_is_not_tried_again_once_it_was_paid_another_way(
        self, refused: CardCase, card_processor: CardProcessor
    ) -> None:
        with refused.transaction() as session:
            invoice = session.scalars(select(Invoice)).one()
            pay(session, invoice_id=invoice.id)
        assert not tried_again(refused, NOON + DAY)
        assert len(card_processor.list_all("payment_intents")) == 1

    @pytest.mark.deep
    def test_is_mended_by_another_card(
        self, refused: CardCase, visitor: PortalClient, client_of: ClientOf, card_processor: CardProcessor
    ) -> None:
        first_link = f"/cartao/{refused.secret}"
        assert "Pagamento não concluído</h1>" in visitor.get(first_link).text
        ask_for_another_card(client_of, refused)
        register(visitor, refused)
        assert [card.replaced_at is None for card in refused.cards()] == [False, True]
        page = visitor.get(first_link).text
        assert "Cartão substituído</h1>" in page
        assert "Não conseguimos cobrar" not in page
        assert states(refused) == [ChargeState.DECLINED, ChargeState.SUCCEEDED]
        assert refused.contract().state is ContractState.ACTIVE
        assert len(card_processor.succeeded()) == 1

    @pytest.mark.deep
    def test_is_mended_from_the_page_of_the_invoice(self, refused: CardCase, visitor: PortalClient) -> None:
        with refused.transaction() as session:
            invoice = session.scalars(select(Invoice)).one()
            of: dict[str, Any] = {"contract_id": invoice.contract_id, "invoice": invoice, "now": NOON}
            refused.secret = card_link(session, **of)
            assert card_link(session, **of) == refused.secret  # a second click
        refused.work_off()
        assert "da fatura 000001, assim que o cartão for cadastrado" in text_of(
            visitor.get(f"/cartao/{refused.secret}").text
        )
        register(visitor, refused)
        assert refused.contract().state is ContractState.ACTIVE


class TestABankThatAsksTheCustomer:
    @pytest.fixture
    def waiting(self, visitor: PortalClient, card_case: CardCase) -> CardCase:
        register(visitor, card_case, ASKS_BANK)
        card_case.sign()
        card_case.work_off()
        return card_case

    def answer(self, case: CardCase, visitor: PortalClient, *, success: bool) -> str:
        """The customer answers the bank on our page; what the page says then."""
        (charge,) = case.charges()
        secret = invoice_secret(case)
        visitor.get(f"/pagar/{secret}/confirmar")
        case.processor.browser_authenticates(charge.processor_charge or "", charge.secret, success=success)
        assert visitor.submit(f"/pagar/{secret}/confirmado").status_code == 303
        assert "Conferindo o pagamento" in text_of(visitor.get(f"/pagar/{secret}/confirmar").text)
        case.work_off()
        return text_of(visitor.get(f"/pagar/{secret}/confirmar").text)

    @pytest.mark.deep
    def test_is_told_to_the_customer_with_a_link(self, waiting: CardCase) -> None:
        assert states(waiting) == [ChargeState.REQUIRES_ACTION]
        (mail,) = mails(waiting, "card_charge")
        assert mail.subject == "Confirme o pagamento com seu banco"
        assert "/confirmar" in mail.text_body

    def test_can_be_answered_at_once_from_the_card_page(
        self, waiting: CardCase, visitor: PortalClient
    ) -> None:
        link = re.compile(r'href="(/pagar/[\w-]+/confirmar)">Confirmar agora')
        found = link.search(visitor.get(f"/cartao/{waiting.secret}").text)
        assert found
        assert "Seu banco pede que você confirme" in text_of(visitor.get(found[1]).text)
        self.answer(waiting, visitor, success=True)
        assert not link.search(visitor.get(f"/cartao/{waiting.secret}").text)

    @pytest.mark.deep
    def test_lets_the_processor_into_the_page(self, waiting: CardCase, visitor: PortalClient) -> None:
        answer = visitor.get(f"/pagar/{invoice_secret(waiting)}/confirmar")
        assert waiting.processor.url in answer.headers["Content-Security-Policy"]
        assert "Seu banco pede que você confirme esta cobrança" in text_of(answer.text)

    @pytest.mark.deep
    def test_is_paid_once_the_customer_confirmed(self, waiting: CardCase, visitor: PortalClient) -> None:
        assert "Recebemos seu pagamento." in self.answer(waiting, visitor, success=True)
        assert waiting.contract().state is ContractState.ACTIVE

    @pytest.mark.deep
    def test_is_a_refusal_when_the_customer_did_not(self, waiting: CardCase, visitor: PortalClient) -> None:
        page = self.answer(waiting, visitor, success=False)
        assert "a confirmação com o banco não foi concluída" in page
        assert states(waiting) == [ChargeState.DECLINED]

    def test_is_given_up_when_another_card_comes(
        self, waiting: CardCase, visitor: PortalClient, client_of: ClientOf, card_processor: CardProcessor
    ) -> None:
        ask_for_another_card(client_of, waiting)
        register(visitor, waiting)
        assert states(waiting) == [ChargeState.CANCELED, ChargeState.SUCCEEDED]
        old = next(
            each for each in card_processor.list_all("payment_intents") if each["status"] == "canceled"
        )
        assert old["metadata"]["portal_key"] == waiting.charges()[0].key

    def test_is_given_up_when_the_invoice_is_paid_by_pix(
        self, waiting: CardCase, card_processor: CardProcessor
    ) -> None:
        with waiting.transaction() as session:
            pay(session, invoice_id=session.scalars(select(Invoice.id)).one(), now=NOON)
        waiting.work_off()
        assert states(waiting) == [ChargeState.CANCELED]
        assert card_processor.list_all("payment_intents")[0]["status"] == "canceled"


class TestTheCardOfAChange:
    def test_is_that_of_the_contract_before_however_many_changes_ago(self, session: Session) -> None:
        house = make_house(session)
        first, second, third = (make_contract_row(session, house) for _each in range(3))
        make_waiting_charge(session, make_invoice(session, contract=first))
        for contract, before in ((second, first), (third, second)):
            contract.kind, contract.base_contract_id = ContractKind.AMENDMENT, before.id
            session.flush()
        cards = [
            find_card(session, contract, billed_to=BilledTo.CUSTOMER) for contract in (first, second, third)
        ]
        assert [card.contract_id if card else None for card in cards] == [first.id] * 3


class TestMoneyThatDoesNotFit:
    def test_is_parked_and_activates_nothing(self, visitor: PortalClient, card_case: CardCase) -> None:
        """What the processor took is what counts, not what we asked for."""
        register(visitor, card_case)
        card_case.sign()
        with card_case.transaction() as session:
            session.scalars(select(Charge)).one().amount_cents = 150_00
        card_case.work_off()
        with card_case.transaction() as session:
            payment = session.scalars(select(Payment)).one()
            assert (payment.outcome.value, payment.amount_cents) == ("parked", 150_00)
            assert session.scalars(select(Invoice)).one().state is InvoiceState.OPEN
        assert card_case.contract().state is ContractState.AWAITING_PAYMENT


class TestTheDayOfTheNextTry:
    @pytest.mark.parametrize(
        ("times", "code", "day"),
        [
            (1, "card_declined", date(2026, 6, 11)),
            (2, "insufficient_funds", date(2026, 6, 13)),
            (3, "processing_error", date(2026, 6, 17)),
            (4, "card_declined", None),
            (1, "expired_card", None),
            (1, "authentication_required", None),
        ],
    )
    def test_is_1_3_and_7_days_after_the_first_refusal(self, times: int, code: str, day: date | None) -> None:
        first = date(2026, 6, 10)
        assert next_try_on(first_refused_on=first, times=times, code=code, days=(1, 3, 7)) == day


class TestWords:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("insufficient_funds", "o saldo ou o limite não é suficiente"),
            ("expired_card", "o cartão está vencido"),
            ("stolen_card", "o banco recusou"),
            ("anything_new", "o banco recusou"),
        ],
    )
    def test_are_those_a_customer_understands(self, code: str, words: str) -> None:
        assert declined_sentence("4242", code) == (
            f"Não conseguimos cobrar o cartão final 4242: {words}. Tente outro cartão ou pague por Pix."
        )

    def test_call_an_unknown_brand_a_card(self) -> None:
        assert (card_in_words("mastercard", "4444"), card_in_words("new", "1111")) == (
            "Mastercard final 4444",
            "Cartão final 1111",
        )
