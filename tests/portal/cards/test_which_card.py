"""Which card pays for a contract that follows another: asked of one contract, told in lists, and swept."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card, CardRequest
from portal.cards.models.charge import Charge
from portal.cards.operations.processor import sweep
from portal.cards.operations.requests import cancel_card_request
from portal.cards.queries.cards import find_card, lacks_card_expression, list_contracts_to_charge
from portal.cards.rules.cards import CardRequestState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.subscriptions.rules import BilledTo
from tests.factories.contracts import generated, make_contract, sign
from tests.factories.invoices import make_contract_row
from tests.factories.quotes import NOON, House, make_house
from tests.support.card_processor import CardProcessor

MINUTES = timedelta(minutes=10)
FOLLOWS = (ContractKind.AMENDMENT, ContractKind.RENEWAL, ContractKind.MOVE)

type Follow = Callable[[Contract, ContractKind], Contract]


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def follow(session: Session, house: House) -> Follow:
    """A contract paid by card that follows another one."""

    def made(before: Contract, kind: ContractKind) -> Contract:
        contract = make_contract_row(session, house, payment_method="card")
        contract.kind, contract.base_contract_id = kind, before.id
        session.flush()
        return contract

    return made


def give_card(
    session: Session, contract: Contract, *, billed_to: BilledTo = BilledTo.CUSTOMER, is_old: bool = False
) -> Card:
    """A card registered for a contract; `is_old`: another one took its place."""
    request = ask(session, contract)
    request.state, request.registered_at, request.closed_at = CardRequestState.REGISTERED, NOON, NOON
    card = Card(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        billed_to=billed_to,
        request_id=request.id,
        processor_customer=f"cus_{request.id}",
        processor_method=f"pm_{request.id}",
        brand="visa",
        last4="4242",
        exp_month=12,
        exp_year=2030,
        registered_at=NOON,
        replaced_at=NOON if is_old else None,
    )
    session.add(card)
    session.flush()
    return card


def ask(session: Session, contract: Contract) -> CardRequest:
    """The customer is asked for a card of this contract."""
    request = CardRequest(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        billed_to=BilledTo.CUSTOMER,
        state=CardRequestState.SENT,
        to_name="Maria da Silva",
        to_email="maria@paoquente.com.br",
        created_at=NOON,
        sent_at=NOON,
        expires_at=NOON + MINUTES,
    )
    session.add(request)
    session.flush()
    return request


def card_of(session: Session, contract: Contract) -> Card | None:
    return find_card(session, contract, billed_to=BilledTo.CUSTOMER)


def is_said_to_lack(session: Session, contract: Contract) -> bool:
    """What lists and pages say of it, once the customer was asked for a card."""
    ask(session, contract)
    return bool(session.scalar(select(lacks_card_expression()).where(Contract.id == contract.id)))


class TestTheCardOfAContractThatFollowsAnother:
    @pytest.mark.parametrize("kind", FOLLOWS)
    def test_is_that_of_the_contract_before(
        self, session: Session, house: House, follow: Follow, kind: ContractKind
    ) -> None:
        first = make_contract_row(session, house, payment_method="card")
        second = follow(first, kind)
        card = give_card(session, first)
        assert card_of(session, second) is card
        assert not is_said_to_lack(session, second)

    @pytest.mark.deep
    @pytest.mark.parametrize("kind", FOLLOWS)
    def test_is_found_however_many_contracts_ago(
        self, session: Session, house: House, follow: Follow, kind: ContractKind
    ) -> None:
        first = make_contract_row(session, house, payment_method="card")
        last = first
        for _ in range(4):
            last = follow(last, kind)
        assert card_of(session, last) is None
        assert is_said_to_lack(session, last)
        session.query(CardRequest).delete()
        card = give_card(session, first)
        assert card_of(session, last) is card
        assert not is_said_to_lack(session, last)

    def test_is_the_nearest_one_in_use(self, session: Session, house: House, follow: Follow) -> None:
        first = make_contract_row(session, house, payment_method="card")
        second = follow(first, ContractKind.AMENDMENT)
        third = follow(second, ContractKind.RENEWAL)
        oldest = give_card(session, first)
        middle = give_card(session, second)
        assert [card_of(session, each) for each in (first, second, third)] == [oldest, middle, middle]
        own = give_card(session, third)
        assert card_of(session, third) is own
        own.replaced_at = middle.replaced_at = NOON
        session.flush()
        assert card_of(session, third) is oldest

    def test_is_not_that_of_the_contract_after(self, session: Session, house: House, follow: Follow) -> None:
        first = make_contract_row(session, house, payment_method="card")
        give_card(session, follow(first, ContractKind.AMENDMENT))
        assert card_of(session, first) is None
        assert is_said_to_lack(session, first)

    def test_does_not_pass_to_another_partner(self, session: Session, house: House) -> None:
        """The customer gave it to be charged for what the former partner sold."""
        before = make_contract_row(session, house, payment_method="card")
        give_card(session, before)
        after = make_contract_row(session, make_house(session), payment_method="card")
        after.kind, after.taken_over_from_id = ContractKind.PARTNER_CHANGE, before.id
        session.flush()
        assert card_of(session, after) is None
        assert is_said_to_lack(session, after)


class TestTheSweep:
    def test_charges_the_card_of_two_contracts_ago(
        self, session: Session, house: House, follow: Follow, card_processor: CardProcessor
    ) -> None:
        first = make_contract_row(session, house, payment_method="card")
        second = follow(first, ContractKind.RENEWAL)
        third = make_contract(session, house, payment_method="card")
        third.kind, third.base_contract_id = ContractKind.RENEWAL, second.id
        session.flush()
        generated(session, third.id, house)
        sign(session, third.id)
        assert third.state is ContractState.AWAITING_PAYMENT
        assert sweep(session, now=NOON + MINUTES)[2] == 0
        card = give_card(session, first)
        assert sweep(session, now=NOON + MINUTES)[2] == 1
        charge = session.scalars(select(Charge)).one()
        assert (charge.contract_id, charge.card_id) == (third.id, card.id)

    @pytest.mark.deep
    def test_leaves_alone_what_is_paid_first_by_ted(
        self, session: Session, house: House, card_processor: CardProcessor
    ) -> None:
        contract = make_contract(
            session, house, state=ContractState.AWAITING_PAYMENT, payment_method="ted_card"
        )
        cancel_card_request(session, contract_id=contract.id, now=NOON)
        give_card(session, contract)
        assert list_contracts_to_charge(session) == []
        assert sweep(session, now=NOON + MINUTES)[2] == 0
