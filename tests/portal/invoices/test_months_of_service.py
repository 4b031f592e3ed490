"""Meses de serviço: which months are paid, to be paid, late or free, and the invoice behind each."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.rules import MonthPart, MonthState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.months import find_uncovered_payments
from portal.invoices.rules.months import months_of
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Coverage
from portal.subscriptions.queries.coverage import find_broken_coverages
from tests.factories.changes import make_change
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.people import ClientOf

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
PART = re.compile(
    r'<(a|span) class="months-part months-(\w+)"(?: href="(/[^"]+)")?>.*?<span>([^<]+)</span>',
    re.DOTALL,
)


def part(state: MonthState, first: date, last: date, invoice_id: int | None = None) -> MonthPart:
    return MonthPart(state, first, last, invoice_id)


def months_on(page: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each month of the strip with the words of its parts and where they lead."""
    strip = page.partition('<ol class="months"')[2].partition("</ol>")[0]
    for item in strip.split("<li>")[1:]:
        name = item.partition('<span class="months-name">')[2].partition("<")[0]
        yield name, [(words, href) for _tag, _state, href, words in PART.findall(item)]


class TestMonths:
    def test_belong_to_what_begins_in_them_or_reaches_into_them(self) -> None:
        first = part(MonthState.PAID, date(2026, 6, 10), date(2026, 7, 31), 1)
        second = part(MonthState.OPEN, date(2026, 8, 1), date(2026, 8, 31), 2)
        months = months_of([first, second], until=date(2026, 7, 5))
        assert [(month.first_day, month.parts) for month in months] == [
            (date(2026, 6, 1), (first,)),
            (date(2026, 7, 1), (first,)),
            (date(2026, 8, 1), (second,)),
        ]

    def test_that_begin_with_a_part_have_both(self) -> None:
        days = part(MonthState.PAID, date(2026, 6, 2), date(2026, 6, 14), 1)
        month = part(MonthState.LATE, date(2026, 6, 15), date(2026, 7, 14), 2)
        june, july = months_of([month, days], until=None)
        assert june.parts == (days, month)
        assert july.parts == (month,)

    def test_reach_to_today_while_it_goes_on_and_say_where_nobody_paid(self) -> None:
        paid = part(MonthState.PAID, date(2025, 12, 1), date(2025, 12, 31), 1)
        december, january, february = months_of([paid], until=date(2026, 2, 28))
        assert (january.parts, february.parts) == ((), ())
        assert (december.first_day, february.first_day) == (date(2025, 12, 1), date(2026, 2, 1))

    def test_are_the_latest_twenty_four(self) -> None:
        paid = part(MonthState.PAID, date(2020, 1, 1), date(2026, 12, 31), 1)
        months = months_of([paid], until=None)
        assert len(months) == 24
        assert months[0].first_day == date(2025, 1, 1)

    def test_are_none_before_anything_was_paid(self) -> None:
        assert months_of([], until=date(2026, 6, 1)) == ()


@pytest.fixture
def house(transaction: Transaction) -> House:
    with transaction() as session:
        session.expire_on_commit = False
        return make_house(session)


def active(session: Session, house: House) -> Contract:
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)


def bill(session: Session, contract: Contract, number: int, *, on: date, paid: bool) -> Invoice:
    now = at_sao_paulo(on, 9)
    contract = load_contract(session, contract.id)
    invoice = issue_installment(session, contract=contract, number=number, now=now)
    if paid:
        pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=now)
    return invoice


class TestTheStrip:
    @pytest.mark.deep
    def test_stands_on_the_contract_and_on_the_record(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            contract = active(session, house)
            second = bill(session, contract, 2, on=date(2026, 7, 5), paid=True)
            third = bill(session, contract, 3, on=date(2026, 8, 5), paid=False)  # due on 15/08, a Saturday
            pages = (f"/contratos/{contract.id}", f"/clientes/{contract.customer_id}")
            paid, owed = f"/faturas/{second.id}", f"/faturas/{third.id}"
            first = f"/faturas/{second.id - 1}"
        for day, state in ((date(2026, 8, 17), "Em aberto"), (date(2026, 8, 18), "Vencida")):
            with time_machine.travel(at_sao_paulo(day, 12)):
                browser = client_of(house.seller.user_id)
                for page in pages:
                    assert dict(months_on(browser.get(page).text)) == {
                        "jun/2026": [("Paga", first)],
                        "jul/2026": [("Paga", first)],
                        "ago/2026": [("Paga", paid)],
                        "set/2026": [(state, owed)],
                    }, (day, page)
                assert browser.get(owed).status_code == 200

    def test_says_where_nobody_paid_what_goes_on(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            contract = active(session, house)
            address = f"/contratos/{contract.id}"
        with time_machine.travel(at_sao_paulo(date(2026, 8, 20), 12)):
            months = dict(months_on(client_of(house.seller.user_id).get(address).text))
        assert list(months) == ["jun/2026", "jul/2026", "ago/2026"]
        assert months["ago/2026"] == [("Sem pagamento", "")]

    @pytest.mark.deep
    def test_of_an_amendment_opens_what_was_paid_before_it(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            contract = active(session, house)
            first = session.query(Invoice).filter_by(contract_id=contract.id).one()
            changed = at_sao_paulo(date(2026, 6, 20), 12)
            amendment = make_change(session, house, contract, ContractKind.AMENDMENT, now=changed)
            address, invoice = f"/contratos/{amendment.id}", f"/faturas/{first.id}"
            assert amendment.amendment_charge_cents == 0
        with time_machine.travel(at_sao_paulo(date(2026, 6, 25), 12)):
            months = dict(months_on(client_of(house.seller.user_id).get(address).text))
        assert [words for words, _href in months["jun/2026"]] == ["Paga"]
        assert {href for parts in months.values() for _words, href in parts} == {invoice}

    def test_calls_time_that_nobody_was_charged_for_free(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            contract = active(session, house)
            rest = {"number": 2, "covers_from": date(2026, 8, 1), "covers_until": date(2026, 8, 31)}
            whose = {name: getattr(contract, name) for name in ("partner_id", "customer_id")}
            row = rest | whose | {"contract_id": contract.id, "grace_until": date(2026, 8, 31)}
            session.execute(insert(Coverage).values(**row, payment_key="none:1", created_at=FIRST_OF_JUNE))
            address = f"/contratos/{contract.id}"
        with time_machine.travel(at_sao_paulo(date(2026, 8, 2), 12)):
            months = dict(months_on(client_of(house.seller.user_id).get(address).text))
        assert months["ago/2026"] == [("Grátis", "")]

    @pytest.mark.deep
    def test_is_not_there_before_anything_was_paid(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=FIRST_OF_JUNE)
            addresses = (f"/contratos/{contract.id}", f"/clientes/{contract.customer_id}")
        with time_machine.travel(FIRST_OF_JUNE, tick=False):
            browser = client_of(house.seller.user_id)
            for address in addresses:
                assert "Meses de serviço" not in browser.get(address).text


class TestPaidTime:
    @pytest.mark.deep
    def test_is_found_where_it_is_not_in_the_ledger_as_the_invoice_says(self, session: Session) -> None:
        house = make_house(session)
        contract = active(session, house)
        second = bill(session, contract, 2, on=date(2026, 7, 5), paid=True)
        third = bill(session, contract, 3, on=date(2026, 8, 5), paid=True)
        bill(session, contract, 4, on=date(2026, 9, 5), paid=False)
        assert (find_uncovered_payments(session), find_broken_coverages(session)) == ([], [])
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM coverages WHERE number = 2"))
        assert find_uncovered_payments(session) == [second.id]
        session.execute(text("UPDATE coverages SET covers_from = '2026-09-02' WHERE number = 3"))
        assert find_uncovered_payments(session) == [second.id, third.id]

    def test_is_found_where_it_overlaps_or_leaves_a_gap(self, session: Session) -> None:
        contract = active(session, make_house(session))
        bill(session, contract, 2, on=date(2026, 7, 5), paid=True)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for wrong in ("2026-07-31", "2026-08-02"):
            session.execute(text("UPDATE coverages SET covers_from = :day WHERE number = 2"), {"day": wrong})
            assert find_broken_coverages(session) == [contract.id], wrong
        session.execute(text("UPDATE coverages SET covers_from = '2026-08-01' WHERE number = 2"))
        assert find_broken_coverages(session) == []
