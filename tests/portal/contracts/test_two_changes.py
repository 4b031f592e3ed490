"""Two changes of one contract: only one of them goes on, whatever their order."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.changing import start_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.refusals import ChangedMeanwhile
from portal.contracts.rules.states import IN_FORCE, ContractKind, ContractState
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.subscriptions.models import Subscription
from tests.factories.contracts import make_contract, pay, printed, sign
from tests.factories.quotes import NOON, House, make_house, save

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def base(session: Session, house: House) -> Contract:
    return make_contract(session, house, state=ContractState.ACTIVE)


def accepted(session: Session, house: House, base: Contract, *, users: int) -> Contract:
    """A change with so many users more, which the customer accepted."""
    now = NOON + timedelta(minutes=2 * users)  # not the same click
    quote = start_change(session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=now)
    save(session, house, quote, now=now, quantities={"user": users})
    token = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=now)
    version = accept_quote(session, token=token, quote_id=quote.id, now=now)
    found = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
    return load_contract(session, found)


def make_ready(session: Session, house: House, change: Contract) -> None:
    """Its document is made and signed."""
    generate_contract(session, contract=change, actor=house.seller, now=LATER)
    printed(session, change.id, now=LATER)
    sign(session, change.id, now=LATER)


def in_force(session: Session) -> list[int]:
    session.expire_all()
    found = select(Contract.id).where(Contract.state.in_(IN_FORCE)).order_by(Contract.id)
    return list(session.scalars(found))


def test_the_second_is_refused_once_the_first_is_active(
    session: Session, house: House, base: Contract
) -> None:
    first, second = (accepted(session, house, base, users=users) for users in (3, 4))
    make_ready(session, house, first)
    pay(session, first.id, now=LATER)
    with pytest.raises(ChangedMeanwhile, match=base.label):
        generate_contract(session, contract=second, actor=house.seller, now=LATER)


@pytest.mark.deep
def test_of_two_that_were_signed_only_the_last_is_billed(
    session: Session, house: House, base: Contract
) -> None:
    first, second = (accepted(session, house, base, users=users) for users in (3, 4))
    for change in (first, second):
        make_ready(session, house, change)
    for change in (first, second):
        pay(session, change.id, now=LATER)
    assert in_force(session) == [second.id]
    billed = select(Subscription.contract_id).where(Subscription.next_due_on.is_not(None))
    assert session.scalars(billed).all() == [second.id]
