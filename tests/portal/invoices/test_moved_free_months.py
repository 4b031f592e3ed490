"""Meses grátis that have not begun when another contract takes the place of theirs, and who is told."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractKind
from portal.customers.queries.months import MonthsOfService
from portal.customers.queries.reading import load_customer
from portal.invoices.notifications import NOTICES
from portal.invoices.operations.free_months import cover_free_months, keep_free_months
from portal.invoices.queries.months import months_of_service
from portal.invoices.rules.free_months import NoFreeMonths
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscribers.queries.personal_data import personal_data
from portal.subscriptions.models import FreeMonth
from portal.subscriptions.queries.forecast import forecast_of_contract, forecast_of_portfolio
from portal.subscriptions.queries.free_months import list_free_months
from portal.tasks.models import Task
from tests.factories.changes import make_change, make_partner_change
from tests.factories.overdue import active, invoices_of, subscription_of
from tests.factories.quotes import House, make_house
from tests.portal.cancellations.test_leaving import leave
from tests.portal.invoices.test_free_months import WHY, broken, covered, give, live
from tests.portal.invoices.test_months_of_service import months_on
from tests.support.application import Transaction
from tests.support.letters import written
from tests.support.people import ClientOf

TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 10)
OF_MAILS = {kind.name: kind for kind in NOTICES}


@pytest.fixture
def july() -> Iterator[None]:
    with time_machine.travel(TENTH_OF_JULY, tick=False):
        yield


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def free(session: Session, contract: Contract) -> list[tuple[int, date]]:
    rows = select(FreeMonth).where(FreeMonth.contract_id == contract.id).order_by(FreeMonth.number)
    return [(row.number, row.starts_on) for row in session.scalars(rows)]


def strip(session: Session, contract: Contract, today: date) -> dict[str, list[str]]:
    asked = MonthsOfService(customer_id=contract.customer_id, actor=None, today=today)
    months = months_of_service(session, asked)
    return {f"{month.first_day:%m}": [part.state.label for part in month.parts] for month in months}


def mails(session: Session) -> list[MailMessage]:
    found = select(MailMessage).where(MailMessage.kind == "free_months").order_by(MailMessage.id)
    return list(session.scalars(found))


class TestARenewal:
    @pytest.mark.deep
    def test_has_them_after_its_first_payment(self, session: Session, house: House) -> None:
        """August and September were given; the renewal of 15/07 pays August: free are September, October."""
        contract = active(session, house)
        give(session, contract, 2)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        assert free(session, later) == [(2, date(2026, 9, 1)), (3, date(2026, 10, 1))]
        live(session, later, date(2026, 7, 31), date(2026, 11, 2))
        assert invoices_of(session, contract) == []
        assert [(each.installment_number, each.due_on) for each in invoices_of(session, later)] == [
            (4, date(2026, 10, 15))
        ]
        assert [number for number, _from, _until in covered(session, later)] == [1, 2, 3, 4]
        assert [number for number, _from, _until in covered(session, contract)] == [1]
        assert broken(session, date(2026, 11, 2)) == []

    @pytest.mark.deep
    def test_leaves_what_was_released_where_it_is(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        live(session, contract, date(2026, 8, 1), date(2026, 8, 3))
        changed = at_sao_paulo(date(2026, 8, 3), 10)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=changed)
        assert free(session, later) == [(2, date(2026, 10, 1))]  # of September alone; paid until 30/09

    @pytest.mark.deep
    def test_of_an_amendment_has_those_of_the_contract_before(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        amended = make_change(session, house, contract, ContractKind.AMENDMENT, now=TENTH_OF_JULY)
        later = make_change(session, house, amended, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        assert free(session, later) == [(2, date(2026, 9, 1))]
        assert free(session, amended) == []

    @pytest.mark.deep
    def test_counts_nothing_for_them_in_the_forecast(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        today = date(2026, 8, 1)
        months = forecast_of_contract(session, subscription_of(session, later), today=today)
        assert [month.gross_cents for month in months[:4]] == [0, 0, 199_90, 199_90]
        of_all = forecast_of_portfolio(session, actor=house.admin, today=today)
        assert [month.gross_cents for month in of_all] == [month.gross_cents for month in months]

    def test_for_a_year_at_once_leaves_them_to_finance(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY, term="annual")
        task = session.scalars(select(Task).where(Task.key == f"free-months:{later.id}")).one()
        assert (task.title, task.team) == ("Acertar 2 meses grátis do contrato anterior", "finance")
        assert free(session, later) == []


class TestAnotherPartner:
    @pytest.mark.deep
    def test_has_them_and_reads_nothing_of_the_one_before(self, session: Session, house: House) -> None:
        contract = active(session, house)
        (month,) = give(session, contract)
        later = make_partner_change(session, contract, now=TENTH_OF_JULY)
        ((moved, *_told),) = list_free_months(session, later.id, today=date(2026, 7, 11))
        assert (moved.partner_id, moved.starts_on) == (later.partner_id, date(2026, 9, 1))
        assert (moved.granted_at, moved.granted_by_id) == (month.granted_at, month.granted_by_id)
        assert WHY not in moved.reason
        live(session, later, date(2026, 8, 1), date(2026, 9, 16))
        assert [each.due_on for each in invoices_of(session, later)] == [date(2026, 9, 15)]
        assert broken(session, date(2026, 9, 16)) == []

    def test_gives_no_others_before_a_year_is_over(self, session: Session, house: House) -> None:
        """Also where nothing was left to move: August ran when the customer changed."""
        contract = active(session, house)
        give(session, contract)
        live(session, contract, date(2026, 8, 1), date(2026, 8, 2))
        later = make_partner_change(session, contract, now=at_sao_paulo(date(2026, 8, 10), 10))
        assert free(session, later) == []
        with pytest.raises(NoFreeMonths, match="só a partir de 10/06/2027"):
            give(session, later, now=at_sao_paulo(date(2026, 8, 11), 10))


class TestAnAmendmentOfAnAmendment:
    @pytest.mark.deep
    def test_has_the_month_of_the_first(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        second = make_change(session, house, contract, ContractKind.AMENDMENT, now=TENTH_OF_JULY)
        changed = at_sao_paulo(date(2026, 7, 12), 10)
        third = make_change(session, house, second, ContractKind.AMENDMENT, now=changed)
        assert strip(session, contract, date(2026, 7, 20))["08"] == ["Grátis"]
        live(session, third, date(2026, 8, 1), date(2026, 8, 3))
        assert covered(session, third) == [(1, date(2026, 7, 12), date(2026, 8, 31))]
        assert broken(session, date(2026, 8, 3)) == []


class TestTheMonthThatMoved:
    @pytest.mark.deep
    def test_is_released_by_its_new_contract_alone(self, session: Session, house: House) -> None:
        """Not by the one it was given to either, when an amendment follows the renewal."""
        contract = active(session, house)
        give(session, contract)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        live(session, later, date(2026, 7, 15), date(2026, 7, 16))
        make_change(session, house, later, ContractKind.AMENDMENT, now=at_sao_paulo(date(2026, 7, 20), 10))
        assert cover_free_months(session, now=at_sao_paulo(date(2026, 8, 1), 1)) == 0
        assert cover_free_months(session, now=at_sao_paulo(date(2026, 9, 1), 1)) == 1

    @pytest.mark.deep
    def test_moves_once_and_never_after_its_release(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        assert keep_free_months(session, contract=later, now=TENTH_OF_JULY) == ()
        moved = session.scalars(select(FreeMonth).where(FreeMonth.contract_id == later.id)).one()
        named = ("partner_id", "customer_id", "reason", "granted_at", "granted_by_id", "moved_from_id")
        copied = {name: getattr(moved, name) for name in named} | {"contract_id": later.id, "number": 5}
        days = dict.fromkeys(("starts_on", "ends_on", "grace_until"), date(2026, 12, 1))
        with pytest.raises(IntegrityError, match="uq_free_months_moved_from_id"), session.begin_nested():
            session.execute(insert(FreeMonth).values(**copied, **days))
        live(session, later, date(2026, 9, 1), date(2026, 9, 2))
        copied["moved_from_id"] = moved.id
        with pytest.raises(IntegrityError, match="only a month that waits"), session.begin_nested():
            session.execute(insert(FreeMonth).values(**copied, **days))

    @pytest.mark.deep
    def test_is_in_the_strip_once(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        shown = strip(session, contract, date(2026, 7, 20))
        assert [month for month, words in shown.items() if "Grátis" in words] == ["09"]

    def test_is_in_the_customers_own_data_once(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        data = personal_data(session, load_customer(session, house.customer.id), email="quem@pede.example")
        assert data["meses_gratis"] == [{"de": date(2026, 9, 1), "ate": date(2026, 9, 30)}]


class TestTheMail:
    def test_tells_of_the_months_and_when_the_next_payment_is_due(
        self, session: Session, house: House
    ) -> None:
        contract = active(session, house)
        give(session, contract, 2)
        (mail,) = mails(session)
        letter = written(session, mail)
        assert letter.subject == "Você ganhou 2 meses grátis"
        assert letter.to_address == "maria@paoquente.com.br"
        for words in ("01/08/2026 a 30/09/2026", "15/09/2026", "não há fatura deles"):
            assert words in letter.text_body
            assert words in letter.html_body
        assert WHY not in letter.text_body

    def test_is_not_needed_once_the_contract_is_canceled(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        (mail,) = mails(session)
        kind = OF_MAILS["free_months"]
        assert kind.is_needed(session, mail, TENTH_OF_JULY)
        leave(session, contract, house, on=date(2026, 7, 10))
        assert not kind.is_needed(session, mail, TENTH_OF_JULY)

    @pytest.mark.deep
    def test_tells_of_the_new_days_where_they_moved(self, session: Session, house: House) -> None:
        contract = active(session, house)
        give(session, contract)
        later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
        first, second = mails(session)
        assert not OF_MAILS["free_months"].is_needed(session, first, TENTH_OF_JULY)
        letter = written(session, second)
        assert letter.subject == "Seu contrato novo continua com 1 mês grátis"
        assert "O mês grátis que você ganhou continua valendo" in letter.text_body
        assert "01/09/2026 a 30/09/2026" in letter.text_body
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "free_months_moved")).one()
        assert entry.summary == (
            f"Contrato {later.label}: 1 mês grátis do contrato anterior, agora de 01/09/2026 a 30/09/2026"
        )


@pytest.mark.usefixtures("july")
class TestThePages:
    @pytest.mark.deep
    def test_tell_the_partner_where_the_month_went(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            contract = active(session, house)
            give(session, contract)
            later = make_change(session, house, contract, ContractKind.RENEWAL, now=TENTH_OF_JULY)
            old, new, seller_id = contract.id, later.id, house.seller.user_id
        seller = client_of(seller_id)
        assert "Passou para o contrato novo" in seller.get(f"/contratos/{old}/meses-gratis").text
        page = f"/contratos/{new}/meses-gratis"
        shown = seller.get(page).text
        for words in ("01/09/2026 a 30/09/2026", "Ainda não começou", WHY):
            assert words in shown
        assert dict(months_on(seller.get(f"/contratos/{new}").text))["set/2026"] == [("Grátis", page)]
        assert "15/09/2026" in seller.get(f"/contratos/{new}").text  # the payment after it
