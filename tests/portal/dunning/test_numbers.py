"""What reminders bring, whether promises are kept, and how late customers pay."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.dunning.operations.holds import hold
from portal.dunning.queries.numbers import numbers_by_step, payments_by_month, promises_by_month
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.steps import Channel
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.quotes import House, make_house
from tests.factories.whatsapp import CHAT, FIFTH_OF_JULY, at, overdue_with_mobile, released
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.whatsapp_line import TestLine
from tools.whatsapp_line.store import Mood


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


class TestNumbers:
    @pytest.mark.deep
    def test_count_for_the_way_that_reached(self, line: TestLine, transaction: Transaction) -> None:
        with transaction() as session:
            house = make_house(session)
            policy_of(session, CHAT, actor=house.admin)
            overdue_with_mobile(session, house)
        line.live(at(16))
        with transaction() as session:
            released(session, 17)
        line.store.choose(Mood.FAILS, code=131026)
        line.live(at(17))
        with transaction() as session:
            (found,) = numbers_by_step(session, since=date(2026, 7, 1))
            assert (found.channel, found.tone.value, found.sent) == (Channel.EMAIL, "everybody", 1)

    @pytest.mark.deep
    def test_tell_promises_that_were_kept(self, session: Session, house: House) -> None:
        kept, broken = active(session, house), active(session, make_house(session))
        night(session, FIFTH_OF_JULY)
        for contract in (kept, broken):
            hold(
                session,
                customer=contract.customer,
                kind=HoldKind.PROMISE,
                until_on=date(2026, 7, 20),
                reason="x",
                actor=house.admin,
                now=at(16),
            )
        paid(session, invoices_of(session, kept)[0], at(20))
        paid(session, invoices_of(session, broken)[0], at(21))
        (month,) = promises_by_month(session, since=date(2026, 7, 1), today=date(2026, 7, 25))
        assert (month.month, month.made, month.kept) == (date(2026, 7, 1), 2, 1)

    @pytest.mark.deep
    def test_tell_how_late_customers_pay(self, session: Session, house: House) -> None:
        first, second = active(session, house), active(session, make_house(session))
        night(session, FIFTH_OF_JULY)
        paid(session, invoices_of(session, first)[0], at(14))
        paid(session, invoices_of(session, second)[0], at(15) + timedelta(days=6))
        month = payments_by_month(session, since=date(2026, 7, 1))[-1]
        assert (month.month, month.paid, month.in_time, month.days_late) == (date(2026, 7, 1), 2, 1, 6)

    def test_stand_on_a_page_and_in_three_files(
        self, client_of: ClientOf, transaction: Transaction, line: TestLine
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            policy_of(session, CHAT, actor=house.admin)
            contract = overdue_with_mobile(session, house)
            contract_id, admin = contract.id, house.admin.user_id
        line.live(at(16))
        with transaction() as session:
            released(session, 17)
        line.live(at(17))
        with transaction() as session:
            paid(session, invoices_of(session, session.get_one(Contract, contract_id))[0], at(20))
        with time_machine.travel(at(24)):
            client = client_of(admin)
            page = client.get("/regua/numeros").text
            assert "Recuperado por meio" in page
            steps = client.get("/regua/numeros.csv").text.splitlines()
            assert steps[-1].split(";")[1:5] == ["WhatsApp", "Todos", "1", "1"]
            assert "Promessas" in client.get("/regua/numeros.csv?tabela=promessas").text
            assert "jul/2026" in client.get("/regua/numeros.csv?tabela=prazos").text
