"""Contracts paid by card for tests, as far as somebody needs them."""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules import ContractState
from portal.payments.models import Card, CardRequest, CardSetup, Charge
from portal.payments.queries.cards import find_open_setup, get_card_link
from portal.shared import tokens
from portal.shared.tokens import Purpose
from tests.factories.contracts import make_contract, sign
from tests.factories.quotes import NOON, House, make_house
from tests.support.application import Transaction
from tests.support.card_processor import GOOD, CardProcessor, run_errands


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

    def errands(self, now: datetime = NOON) -> None:
        """Do what is due."""
        run_errands(self.app, now)

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
        """The taking of a card that goes on."""
        setup = find_open_setup(session, get_card_link(session, self.secret).subject_id)
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
    with transaction() as session:
        house = make_house(session)
        contract = _contract(session, house, method, now)
        contract_id, seller = contract.id, house.seller
        request = session.scalars(select(CardRequest).where(CardRequest.contract_id == contract_id)).one()
        token = tokens.find_given_out(session, purpose=Purpose.CARD_REGISTRATION, subject_id=request.id)
        assert token is not None
        secret = token.secret()
    run_errands(app, now)
    return CardCase(app, transaction, processor, contract_id, seller.user_id, seller.email, secret)


def _contract(session: Session, house: House, method: str, now: datetime) -> Contract:
    return make_contract(
        session, house, state=ContractState.AWAITING_SIGNATURE, now=now, payment_method=method
    )
