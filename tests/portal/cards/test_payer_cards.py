"""A card given to pay an invoice is its payer's: the customer's, or the partner's that bills it itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from portal.cards.models.cards import Card, CardRequest, CardSetup
from portal.cards.models.charge import Charge
from portal.cards.operations.charging import start_charge
from portal.cards.operations.due import retry_charges
from portal.cards.operations.expired_requests import expire_card_requests
from portal.cards.operations.requests import cancel_card_request
from portal.cards.queries.cards import find_card, find_processor_customer
from portal.cards.rules.cards import CardRequestState, ChargeState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractKind
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_first_invoice, issue_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.shared.audit import LogEntry
from portal.shared.clock import day_of
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.rules import BilledTo
from tests.factories.invoices import make_contract_row
from tests.factories.payers import CUSTOMER, PARTNER, Owed, make_owed
from tests.factories.payments import pay
from tests.factories.quotes import NOON
from tests.support.application import Transaction
from tests.support.card_processor import (
    ASKS_BANK,
    GOOD,
    REFUSED_WHEN_CHARGED,
    CardProcessor,
    run_queue,
)
from tests.support.clients import PortalClient, location
from tests.support.quote_builder import text_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCard:
    """An invoice, and its payer at the page of it with a card."""

    owed: Owed
    app: Flask
    processor: CardProcessor
    visitor: PortalClient

    def page(self) -> str:
        """The address of the page on which the payer gives a card."""
        self.visitor.get(self.owed.address)
        answer = self.visitor.submit(f"{self.owed.address}/cartao")
        assert answer.status_code == 303
        run_queue(self.app, NOON)
        return location(answer)

    def give(self, number: str = GOOD) -> str:
        """Give a card; what follows is done. The address of its page."""
        address = self.page()
        self.visitor.get(address)
        setup = self.only(CardSetup, newest=True)
        answer = self.processor.browser_types(setup.processor_setup, setup.secret, number)
        if answer.get("status") == "requires_action":
            self.processor.browser_confirms(setup.processor_setup, setup.secret)
        assert self.visitor.submit(f"{address}/conferir").status_code == 303
        run_queue(self.app, NOON)
        return address

    def only(self, model: Any, *, newest: bool = False) -> Any:
        """The one row of a table, or the newest."""
        with self.owed.transaction() as session:
            found = session.scalars(select(model).order_by(model.id.desc())).all()
            assert newest or len(found) == 1
            session.expunge_all()
            return found[0]

    def is_paid(self) -> bool:
        with self.owed.transaction() as session:
            return self.owed.invoice(session).state is InvoiceState.PAID


@pytest.fixture
def by_card(
    noon: time_machine.Traveller,  # noqa: ARG001
    app: Flask,
    transaction: Transaction,
    card_processor: CardProcessor,
    visitor: PortalClient,
) -> Callable[[str], ByCard]:
    return lambda by: ByCard(
        owed=make_owed(transaction, by), app=app, processor=card_processor, visitor=visitor
    )


@pytest.fixture(params=[CUSTOMER, PARTNER])
def case(request: pytest.FixtureRequest, by_card: Callable[[str], ByCard]) -> ByCard:
    return by_card(request.param)


class TestACardThatPaysAnInvoice:
    @pytest.mark.deep
    def test_is_its_payers_alone(self, case: ByCard) -> None:
        owed = case.owed
        case.give()
        assert case.is_paid()
        payment = case.only(Payment)
        assert (payment.partner_id, payment.customer_id) == owed.owner
        assert case.only(Card).billed_to == owed.by
        assert case.only(Charge).by_payer
        with owed.transaction() as session:
            contract = session.get_one(Contract, owed.contract_id)
            found = {kind.value: find_card(session, contract, billed_to=kind) for kind in BilledTo}
            assert [by for by, card in found.items() if card] == [owed.by]

    @pytest.mark.deep
    def test_is_asked_of_who_owes_it(self, case: ByCard) -> None:
        page = text_of(case.visitor.get(case.page()).text)
        assert f"pede o cartão de {case.owed.name} para" in page
        assert f"{case.owed.amount} da fatura 000001" in page.replace("\xa0", " ")
        asker = "Fatura de Portal Sistemas Ltda." if case.owed.by == PARTNER else "Pedido de Sul Sistemas"
        assert asker in page
        (known,) = case.processor.list_all("customers")
        name = case.owed.name if case.owed.by == PARTNER else "Maria da Silva"
        assert (known["name"], known["email"]) == (name, case.owed.payer)

    @pytest.mark.deep
    def test_is_written_down_as_its_payers(self, case: ByCard) -> None:
        case.give()
        with case.owed.transaction() as session:
            told = session.scalars(select(LogEntry).filter_by(action="card_registered")).one()
            who = "parceiro" if case.owed.by == PARTNER else "cliente"
            assert told.summary.startswith(f"O {who} cadastrou o cartão Visa final 4242")
            assert told.actor_label.startswith(f"{who.capitalize()}: ")

    @pytest.mark.deep
    def test_that_is_refused_is_told_to_its_payer_alone(self, case: ByCard) -> None:
        before = len(case.owed.mails())
        case.give(REFUSED_WHEN_CHARGED)
        assert case.only(Charge).state is ChargeState.DECLINED
        told = case.owed.mails()[before:]
        links = [mail for mail in told if "/pagar/" in mail.text_body]
        assert [(mail.to_address, mail.subject) for mail in links] == [
            (case.owed.payer, "Não conseguimos cobrar seu cartão")
        ]
        if case.owed.by == PARTNER:  # who sells to the customer is told of the customer's card alone
            assert told == links
            assert "Portal Sistemas Ltda." in links[0].text_body
            assert links[0].reply_to == "financeiro@portal.example"

    def test_that_is_refused_is_tried_again_for_the_same_payer(self, case: ByCard) -> None:
        case.give(REFUSED_WHEN_CHARGED)
        with case.owed.transaction() as session:
            assert retry_charges(session, now=NOON + DAY) == 1
        run_queue(case.app, NOON + DAY)
        with case.owed.transaction() as session:
            charges = session.scalars(select(Charge)).all()
            assert {charge.billed_to.value for charge in charges} == {case.owed.by}
        assert {mail.to_address for mail in case.owed.mails() if "/pagar/" in mail.text_body} == {
            case.owed.payer
        }

    @pytest.mark.deep
    def test_that_is_refused_gives_way_to_another_of_the_same_payer(self, case: ByCard) -> None:
        case.give(REFUSED_WHEN_CHARGED)
        case.give()
        assert case.is_paid()
        assert len(case.processor.succeeded()) == 1
        with case.owed.transaction() as session:
            cards = session.scalars(select(Card).order_by(Card.id)).all()
            assert [card.replaced_at is None for card in cards] == [False, True]

    def test_whose_bank_asks_is_confirmed_by_its_payer(self, case: ByCard) -> None:
        before = len(case.owed.mails())
        case.give(ASKS_BANK)
        links = [mail for mail in case.owed.mails()[before:] if "/pagar/" in mail.text_body]
        assert [(mail.to_address, mail.subject) for mail in links] == [
            (case.owed.payer, "Confirme o pagamento com seu banco")
        ]
        page = f"{case.owed.address}/confirmar"
        assert "Seu banco pede que você confirme" in text_of(case.visitor.get(page).text)
        charge = case.only(Charge)
        case.processor.browser_authenticates(charge.processor_charge, charge.secret, success=True)
        case.visitor.submit(f"{case.owed.address}/confirmado")
        run_queue(case.app, NOON)
        assert case.is_paid()
        service = "O serviço de Padaria" if case.owed.by == PARTNER else "Seu acesso está"
        assert service in text_of(case.visitor.get(page).text)

    @pytest.mark.deep
    def test_whose_bank_asks_is_given_up_when_a_pix_comes(self, case: ByCard) -> None:
        case.give(ASKS_BANK)
        with case.owed.transaction() as session:
            pay(session, invoice_id=case.owed.invoice_id, amount_cents=case.owed.amount_cents, now=NOON)
        run_queue(case.app, NOON)
        assert case.only(Charge).state is ChargeState.CANCELED
        assert case.processor.succeeded() == []


class TestAPartnersCard:
    @pytest.fixture
    def given(self, by_card: Callable[[str], ByCard]) -> ByCard:
        case = by_card(PARTNER)
        case.give()
        return case

    @pytest.mark.deep
    def test_does_not_pay_for_the_customer_when_the_billing_centre_takes_over(self, given: ByCard) -> None:
        with given.owed.transaction() as session:
            house = given.owed.house_in(session)
            house.partner.arrangement = "central_cobranca"
            moved = make_contract_row(session, house, payment_method="card")
            moved.kind, moved.base_contract_id = ContractKind.MOVE, given.owed.contract_id
            session.flush()
            assert find_card(session, moved, billed_to=BilledTo.CUSTOMER) is None
            invoice = issue_first_invoice(session, contract=moved, now=NOON)
            assert invoice is not None
            issue_invoice(session, invoice=invoice, due_on=day_of(NOON), now=NOON)
            card = session.scalars(select(Card)).one()
            assert start_charge(session, invoice_id=invoice.id, card=card, now=NOON) is None
            for billed_to in BilledTo:  # whatever the row says, the database knows both
                with pytest.raises(IntegrityError), session.begin_nested():
                    session.execute(insert(Charge).values(charge_of(card, invoice, billed_to)))

    @pytest.mark.deep
    def test_is_not_the_customers_at_the_processor_either(self, given: ByCard) -> None:
        of_customer = CardRequest(
            partner_id=given.owed.partner_id,
            customer_id=given.owed.customer_id,
            billed_to=BilledTo.CUSTOMER,
        )
        with given.owed.transaction() as session:
            assert find_processor_customer(session, of_customer) == ""

    def test_that_never_came_troubles_no_seller(self, by_card: Callable[[str], ByCard]) -> None:
        case = by_card(PARTNER)
        case.page()
        with case.owed.transaction() as session:
            mails = session.scalar(select(func.count(MailMessage.id)))
            assert expire_card_requests(session, now=NOON + 90 * DAY) == 1
            assert session.scalar(select(func.count(MailMessage.id))) == mails
        assert case.only(CardRequest).state is CardRequestState.EXPIRED

    def test_is_asked_no_longer_when_the_contract_came_to_nothing(
        self, by_card: Callable[[str], ByCard]
    ) -> None:
        case = by_card(PARTNER)
        case.page()
        with case.owed.transaction() as session:
            cancel_card_request(session, contract_id=case.owed.contract_id, now=NOON)
        assert case.only(CardRequest).state is CardRequestState.CANCELED


def charge_of(card: Card, invoice: Invoice, billed_to: BilledTo) -> dict[str, Any]:
    return {
        "key": "charge:1",
        "partner_id": invoice.partner_id,
        "customer_id": invoice.customer_id,
        "contract_id": invoice.contract_id,
        "billed_to": billed_to,
        "invoice_id": invoice.id,
        "card_id": card.id,
        "amount_cents": 1,
        "currency": "BRL",
        "created_at": NOON,
        "state": ChargeState.CREATED,
        "secret": "",
        "reason": "",
    }
