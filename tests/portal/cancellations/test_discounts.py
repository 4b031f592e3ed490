"""A discount to stay: within its limit, as credit, once a year. R$ 199,90 a month: 20 % of 3 are 119,94."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import retain
from portal.cancellations.operations.opening import argue
from portal.cancellations.rules.cases import Answer, DiscountTooLarge, Offer, discount_limit
from portal.contracts.models import Contract
from portal.partners.rules import Arrangement
from portal.receipts.models.payment import CustomerCredit
from portal.receipts.queries.credits import find_broken_credits
from tests.factories.overdue import active
from tests.factories.quotes import House, make_house
from tests.portal.cancellations.test_cases import TENTH_OF_JULY
from tests.portal.cancellations.test_meanwhile import asked, confirm
from tests.support.application import Transaction
from tests.support.people import ClientOf


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    return active(session, house)


def accepted(
    session: Session, case: CancellationCase, house: House, cents: int, *, now: datetime = TENTH_OF_JULY
) -> None:
    argue(
        session,
        case=case,
        offer=Offer.DISCOUNT,
        answer=Answer.ACCEPTED,
        words=f"Aceitou {cents}.",
        discount_cents=cents,
        actor=house.seller,
        now=now,
    )


def stays(session: Session, case: CancellationCase, house: House, *, now: datetime = TENTH_OF_JULY) -> None:
    day = now.date() + timedelta(days=30)
    retain(session, case=case, outcome="Fica.", follow_up_on=day, actor=house.seller, now=now)
    session.flush()


def credits_given(session: Session) -> list[int]:
    return list(session.scalars(select(CustomerCredit.amount_cents).order_by(CustomerCredit.id)))


def test_is_so_much_of_three_months() -> None:
    assert discount_limit(199_90, percent=20) == 119_94
    assert discount_limit(199_90, percent=0) == 0


class TestADiscount:
    def test_is_credit_of_who_stays(self, session: Session, house: House, contract: Contract) -> None:
        case = asked(session, contract, house)
        accepted(session, case, house, 119_94)
        assert credits_given(session) == []
        stays(session, case, house)
        assert credits_given(session) == [119_94]
        assert find_broken_credits(session) == []
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    def test_above_the_limit_is_refused_and_says_it(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        case = asked(session, contract, house)
        with pytest.raises(DiscountTooLarge, match="119,94"):
            accepted(session, case, house, 119_95)

    def test_is_for_nobody_who_leaves(self, session: Session, house: House, contract: Contract) -> None:
        case = asked(session, contract, house)
        accepted(session, case, house, 50_00)
        confirm(session, case, house)
        assert credits_given(session) == []

    def test_is_given_once_a_year(self, session: Session, house: House, contract: Contract) -> None:
        case = asked(session, contract, house)
        accepted(session, case, house, 50_00)
        stays(session, case, house)
        later = TENTH_OF_JULY + timedelta(days=60)
        again = asked(session, contract, house, now=later)
        with pytest.raises(DiscountTooLarge, match="recebeu um em 12 meses"):
            accepted(session, again, house, 10_00, now=later)
        stays(session, again, house, now=later)
        assert credits_given(session) == [50_00]

    @pytest.mark.deep
    def test_is_not_for_whom_the_partner_bills(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = Arrangement.HIPERADOR
        contract = active(session, house)
        case = asked(session, contract, house)
        with pytest.raises(DiscountTooLarge):
            accepted(session, case, house, 10_00)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE cancellation_cases SET credit_id = NULL",
            (
                "INSERT INTO customer_credits (partner_id, customer_id, amount_cents, reason, created_at)"
                " SELECT partner_id, id, 5000, 'retention', now() FROM customers LIMIT 1;"
                " SET CONSTRAINTS ALL IMMEDIATE"
            ),
            (
                "INSERT INTO cancellation_arguments (case_id, words, said_at, discount_cents)"
                " SELECT id, 'x', now(), 100 FROM cancellation_cases LIMIT 1"
            ),
        ],
        ids=["taken from its case", "without a case", "that nobody accepted"],
    )
    def test_is_kept_by_the_database(
        self, session: Session, house: House, contract: Contract, change: str
    ) -> None:
        case = asked(session, contract, house)
        accepted(session, case, house, 50_00)
        stays(session, case, house)
        with pytest.raises(IntegrityError):
            session.execute(text(change))


def test_is_typed_beside_the_answer_and_refused_at_its_field(
    client_of: ClientOf, transaction: Transaction
) -> None:
    with time_machine.travel(TENTH_OF_JULY):
        with transaction() as session:
            house = make_house(session)
            case = asked(session, active(session, house), house)
            case_id, seller = case.id, house.seller.user_id
        client = client_of(seller)
        address = f"/cancelamentos/{case_id}"
        assert "Até R$\u00a0119,94" in client.get(address).text
        said = {"offer": "discount", "answer": "accepted", "words": "Aceitou."}
        for discount, told in (("", "Escreva o valor"), ("120,00", "pode ser de até R$\u00a0119,94")):
            answer = client.submit(f"{address}/conversa", said | {"discount": discount})
            assert answer.status_code == 422
            assert told in answer.text
        wrong = said | {"answer": "declined", "discount": "10,00"}
        assert "só quando o cliente aceitou" in client.submit(f"{address}/conversa", wrong).text
        assert client.submit(f"{address}/conversa", said | {"discount": "60,00"}).status_code == 303
        kept = {"words": "Fica.", "follow_up_on": "2026-08-10"}
        assert client.submit(f"{address}/reter", kept).status_code == 303
        assert "O desconto aceito é crédito" in client.get(address).text
    with transaction() as session:
        assert credits_given(session) == [60_00]
