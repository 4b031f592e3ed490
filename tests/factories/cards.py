"""Contracts paid by card for tests, as far as somebody needs them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card, CardRequest, CardSetup
from portal.cards.models.charge import Charge
from portal.cards.queries.cards import find_latest_request, find_open_setup, get_card_link
from portal.cards.rules.cards import CardRequestState, CardSetupState, ChargeState
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.shared import tokens
from portal.shared.queue import Lane
from portal.shared.tokens import Purpose
from portal.subscriptions.rules import BilledTo
from tests.factories.contracts import make_contract, sign
from tests.factories.quotes import NOON, House, make_house
from tests.support.application import Transaction
from tests.support.card_processor import GOOD, CardProcessor, run_queue
from tests.support.letters import mailed_link
from tests.support.scenes import lived


@dataclass
class CardCase:
    """A contract paid by card whose document exists, and a processor that is ready for its card."""

    app: Flask
    transaction: Transaction
    processor: CardProcessor
    contract_id: int
    seller_id: int
    seller_email: str
    secret: str  # of the mailed card link

    def work_off(self, now: datetime = NOON) -> None:
        """Do what is due."""
        run_queue(self.app, now)

    def type_card(self, number: str = GOOD) -> None:
        """The customer types a card into the processor's field, and confirms where the bank asks."""
        with self.transaction() as session:
            setup = self.setup(session)
            known, secret = setup.processor_setup or "", setup.secret
        answer = self.processor.browser_types(known, secret, number)
        if answer.get("status") == "requires_action":
            self.processor.browser_confirms(known, secret)

    def sign(self, now: datetime = NOON) -> None:
        """The signatory signed."""
        with self.transaction() as session:
            sign(session, self.contract_id, now=now)

    def setup(self, session: Session) -> CardSetup:
        """The registration of a card that goes on."""
        setup = find_open_setup(session, get_card_link(session, self.secret, now=NOON).subject_id)
        assert setup is not None
        return setup

    def cards(self) -> list[Card]:
        """The contract's cards, the oldest first."""
        return self._all(Card)

    def charges(self) -> list[Charge]:
        """The contract's charges, the oldest first."""
        return self._all(Charge)

    def requests(self) -> list[CardRequest]:
        """What was asked of the customer, the oldest first."""
        return self._all(CardRequest)

    def contract(self) -> Contract:
        """The contract as it is now."""
        with self.transaction() as session:
            contract = session.get_one(Contract, self.contract_id)
            session.expunge(contract)
            return contract

    def _all[Row: (Card, Charge, CardRequest)](self, model: type[Row]) -> list[Row]:
        with self.transaction() as session:
            rows = session.scalars(
                select(model).where(model.contract_id == self.contract_id).order_by(model.id)
            ).all()
            session.expunge_all()
            return list(rows)


def make_card_case(
    app: Flask,
    transaction: Transaction,
    processor: CardProcessor,
    *,
    method: str = "card",
    now: datetime = NOON,
) -> CardCase:
    """A contract generated at `now`, its processor asked to be ready."""

    def generated() -> tuple[int, int, str, str]:
        with transaction() as session:
            house = make_house(session)
            contract_id = _contract(session, house, method, now).id
            request = session.scalars(select(CardRequest).where(CardRequest.contract_id == contract_id)).one()
            secret = mailed_link(session, "card_request", request.id).secret()
            made = contract_id, house.seller.user_id, house.seller.email, secret
        run_queue(app, now, without=Lane.CARD)
        return made

    made = lived(app, generated, method, now)
    run_queue(app, now)
    return CardCase(app, transaction, processor, *made)


def _contract(session: Session, house: House, method: str, now: datetime) -> Contract:
    return make_contract(
        session, house, state=ContractState.AWAITING_SIGNATURE, now=now, payment_method=method
    )


def make_card_request(
    session: Session, contract: Contract, *, valid_for: timedelta = timedelta(days=7), now: datetime = NOON
) -> str:
    """A card asked for, the processor said to be ready; the secret of its link."""
    request = CardRequest(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        billed_to=BilledTo.CUSTOMER,
        state=CardRequestState.SENT,
        to_name="Maria da Silva",
        to_email="maria@example.com",
        created_at=now,
        sent_at=now,
        expires_at=now + valid_for,
    )
    session.add(request)
    session.flush()
    setup = CardSetup(
        request_id=request.id,
        key=f"card-setup:{request.id}",
        state=CardSetupState.READY,
        processor_customer=f"cus_{request.id}",
        processor_setup=f"seti_{request.id}",
        secret=f"seti_{request.id}_secret",
        created_at=now,
    )
    session.add(setup)
    return tokens.issue(
        session, purpose=Purpose.CARD_REGISTRATION, subject_id=request.id, now=now, valid_for=valid_for
    ).secret()


def make_waiting_charge(
    session: Session, invoice: Invoice, *, valid_for: timedelta = timedelta(days=7), now: datetime = NOON
) -> str:
    """A charge that waits for the customer's bank; the secret of a link to its invoice."""
    contract = load_contract(session, invoice.contract_id)
    make_card_request(session, contract, valid_for=valid_for, now=now)
    request = find_latest_request(session, contract.id)
    assert request is not None
    request.state, request.registered_at, request.closed_at = CardRequestState.REGISTERED, now, now
    card = Card(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        billed_to=BilledTo.CUSTOMER,
        request_id=request.id,
        processor_customer=f"cus_{request.id}",
        processor_method=f"pm_{request.id}",
        brand="visa",
        last4="3184",
        exp_month=12,
        exp_year=2030,
        registered_at=now,
    )
    session.add(card)
    session.flush()
    charge = Charge(
        key=f"charge:{card.id}",
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        billed_to=BilledTo.CUSTOMER,
        invoice_id=invoice.id,
        card_id=card.id,
        amount_cents=invoice.amount_cents,
        currency="BRL",
        state=ChargeState.REQUIRES_ACTION,
        processor_charge=f"pi_{card.id}",
        secret=f"pi_{card.id}_secret",
        created_at=now,
        asked_at=now,
    )
    session.add(charge)
    return tokens.issue(
        session,
        purpose=Purpose.INVOICE,
        subject_id=invoice.id,
        now=now,
        valid_for=valid_for,
        revoke_earlier=False,
    ).secret()


def cards_of(session: Session, house: House, invoice: Invoice, *, valid_for: timedelta) -> dict[str, str]:
    """For the town: a link behind which a card is asked for, and one behind which a bank waits."""
    contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
    return {
        "card": make_card_request(session, contract, valid_for=valid_for),
        "confirming": make_waiting_charge(session, invoice, valid_for=valid_for),
    }
