"""A pause instead of leaving: months without service and invoices, and coming back. Days by hand."""

from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import retain
from portal.cancellations.operations.opening import argue, open_case
from portal.cancellations.operations.pausing import resume
from portal.cancellations.queries.cases import load_case
from portal.cancellations.rules.cases import Answer, Offer, Reason
from portal.cancellations.rules.pauses import CannotPause, PauseOver
from portal.contracts.models import Contract
from portal.contracts.operations.changing import start_change
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractPaused
from portal.customers.queries.reading import load_customer
from portal.invoices.models import Invoice
from portal.invoices.queries.due_day import simulate_due_day
from portal.invoices.queries.months import find_uncovered_payments
from portal.invoices.rules.due_day import DueDayBlocked
from portal.overdue.queries.access import services_of
from portal.overdue.rules.access import AccessState, access_to
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscribers.pages.home import home_page
from portal.subscribers.queries.personal_data import personal_data
from portal.subscriptions.models import Subscription, SubscriptionPause
from portal.subscriptions.queries.coverage import find_broken_coverages
from tests.factories.overdue import active, invoices_of, night, paid, subscription_of
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.letters import written
from tests.support.people import ClientOf

TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 15)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    """Paid until 31/07; on 05/07 the invoice for August, due on 15/07, was made."""
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    return contract


def case_with_pause(
    session: Session, contract: Contract, house: House, *, months: int = 2, now: datetime = TENTH_OF_JULY
) -> CancellationCase:
    case = open_case(
        session,
        contract=contract,
        reason=Reason.NOT_USED,
        words="Fecha no verão.",
        actor=house.seller,
        now=now,
    )
    argue(
        session,
        case=case,
        offer=Offer.PAUSE,
        answer=Answer.ACCEPTED,
        words="Aceitou a pausa.",
        pause_months=months,
        actor=house.seller,
        now=now,
    )
    return case


def pauses(
    session: Session, contract: Contract, house: House, *, months: int = 2, now: datetime = TENTH_OF_JULY
) -> CancellationCase:
    """The customer stays with a pause of September and October."""
    case = case_with_pause(session, contract, house, months=months, now=now)
    day = date(2026, 8, 10) if now == TENTH_OF_JULY else date(2026, 12, 1)
    retain(session, case=case, outcome="Fica com a pausa.", follow_up_on=day, actor=house.seller, now=now)
    session.flush()
    session.expire_all()
    return load_case(session, case.id)


def lived(session: Session, contract: Contract, first: date, last: date) -> list[Invoice]:
    """Every night of some days, the customer paying each invoice at noon of the day it is made."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        night(session, day)
        for invoice in invoices_of(session, contract):
            if invoice.state.value == "open":
                paid(session, invoice, at_sao_paulo(day, 12))
    session.expire_all()
    return invoices_of(session, contract)


class TestAPause:
    @pytest.mark.deep
    def test_bills_nothing_for_its_months_and_goes_on_by_itself(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        pauses(session, contract, house)
        (row,) = session.scalars(select(SubscriptionPause))
        assert (row.paused_from, row.paused_until) == (date(2026, 9, 1), date(2026, 10, 31))
        made = lived(session, contract, date(2026, 7, 10), date(2026, 11, 5))
        # August as it was billed already, and November, due on 15/10; December, due on 15/11, follows.
        assert [(each.period_from, each.due_on) for each in made] == [
            (date(2026, 8, 1), date(2026, 7, 15)),
            (date(2026, 11, 1), date(2026, 10, 15)),
            (date(2026, 12, 1), date(2026, 11, 15)),
        ]
        assert {each.amount_cents for each in made} == {199_90}
        assert (find_broken_coverages(session), find_uncovered_payments(session)) == ([], [])

    def test_says_when_the_next_payment_is_due_and_shows_on_the_record(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        pauses(session, contract, house)
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 14), 9))
        known = paid_time(session, load_contract(session, contract.id))
        assert known is not None
        assert (known.covered_until, known.next_due_on) == (date(2026, 8, 31), date(2026, 10, 15))
        (mail,) = session.scalars(select(MailMessage).filter_by(kind="service_paused"))
        letter = written(session, mail, now=TENTH_OF_JULY)
        assert "de 01/09/2026 a 31/10/2026" in letter.text_body
        assert "vence em 15/10/2026" in letter.text_body

    @pytest.mark.parametrize(
        ("day", "released", "state"),
        [
            (date(2026, 8, 31), True, AccessState.CURRENT),
            (date(2026, 9, 1), False, AccessState.PAUSED),
            (date(2026, 10, 31), False, AccessState.PAUSED),
            (date(2026, 11, 1), True, AccessState.CURRENT),
        ],
    )
    def test_is_told_to_the_product(
        self,
        session: Session,
        contract: Contract,
        house: House,
        day: date,
        released: bool,
        state: AccessState,
    ) -> None:
        pauses(session, contract, house)
        plan = subscription_of(session, contract).plan
        found = services_of(session, document=house.customer.document, plan=plan, today=day)
        answer = access_to(found, day)
        assert (answer.is_released, answer.state) == (released, state)

    @pytest.mark.deep
    def test_lets_nothing_of_the_contract_change(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        pauses(session, contract, house)
        with pytest.raises(ContractPaused, match="31/10/2026"):
            start_change(
                session,
                contract=load_contract(session, contract.id),
                kind=ContractKind.AMENDMENT,
                actor=house.seller,
                now=TENTH_OF_JULY,
            )
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 11), 9))
        with pytest.raises(DueDayBlocked, match="em pausa"):
            simulate_due_day(session, subscription_of(session, contract), 20, today=date(2026, 7, 12))


class TestTheCustomersAccount:
    @pytest.mark.parametrize(
        ("day", "title", "step"),
        [
            (
                date(2026, 8, 20),
                "Seu serviço está liberado até 31/08/2026",
                "De 01/09/2026 a 31/10/2026 ele fica em pausa, sem cobrança.",
            ),
            (
                date(2026, 9, 1),
                "Seu serviço está em pausa até 31/10/2026",
                "Nada é cobrado por este tempo. O serviço volta sozinho em 01/11/2026.",
            ),
            (
                date(2026, 10, 31),
                "Seu serviço está em pausa até 31/10/2026",
                "Nada é cobrado por este tempo. O serviço volta sozinho em 01/11/2026.",
            ),
            (
                date(2026, 11, 2),
                "Seu serviço voltou em 01/11/2026",
                "Avisamos quando vier a próxima fatura.",
            ),
        ],
    )
    def test_says_where_the_pause_stands(
        self, session: Session, contract: Contract, house: House, day: date, title: str, step: str
    ) -> None:
        pauses(session, contract, house)
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 14), 9))
        ((_service, banner),) = home_page(session, customer_id=house.customer.id, today=day).banners
        assert (banner.title, banner.next_step) == (title, step)

    def test_names_what_falls_due_in_the_pause_and_is_paused_though_that_is_paid(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        pauses(session, contract, house)
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 14), 9))
        night(session, date(2026, 10, 5))  # makes the invoice of November, due on 15/10
        on_the_tenth = home_page(session, customer_id=house.customer.id, today=date(2026, 10, 10))
        ((_service, banner),) = on_the_tenth.banners
        assert banner.next_step.endswith("em 01/11/2026. A fatura em aberto vence em 15/10/2026.")
        paid(session, invoices_of(session, contract)[1], at_sao_paulo(date(2026, 10, 14), 9))
        on_the_20th = home_page(session, customer_id=house.customer.id, today=date(2026, 10, 20))
        ((_service, banner),) = on_the_20th.banners
        assert banner.title == "Seu serviço está em pausa até 31/10/2026"

    @pytest.mark.deep
    def test_shows_its_months(self, session: Session, contract: Contract, house: House) -> None:
        pauses(session, contract, house)
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 14), 9))
        page = home_page(session, customer_id=house.customer.id, today=date(2026, 10, 10))
        shown = {month.first_day.month: [part.state.label for part in month.parts] for month in page.months}
        assert (shown[8], shown[9], shown[10]) == (["Paga"], ["Em pausa"], ["Em pausa"])

    def test_gives_it_with_the_other_data_kept(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        pauses(session, contract, house)
        customer = load_customer(session, house.customer.id)
        data = personal_data(session, customer, email="contato@paoquente.com.br")
        assert data["pausas"] == [{"de": date(2026, 9, 1), "ate": date(2026, 10, 31)}]


class TestARefusal:
    def test_is_of_a_second_one_within_a_year(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        pauses(session, contract, house, months=1)
        with pytest.raises(CannotPause, match="10/07/2027"):
            case_with_pause(session, load_contract(session, contract.id), house)

    @pytest.mark.deep
    def test_is_of_who_pays_late(self, session: Session, contract: Contract, house: House) -> None:
        night(session, date(2026, 7, 25))
        with pytest.raises(CannotPause, match="atraso"):
            case_with_pause(session, contract, house, now=at_sao_paulo(date(2026, 7, 25), 15))

    @pytest.mark.deep
    def test_is_of_who_pays_several_months_at_once(self, session: Session, house: House) -> None:
        yearly = active(session, house, term="annual")
        with pytest.raises(CannotPause, match="vários meses"):
            case_with_pause(session, yearly, house)

    @pytest.mark.parametrize("months", [4, -1])
    def test_is_of_more_than_three_months(
        self, session: Session, contract: Contract, house: House, months: int
    ) -> None:
        with pytest.raises(CannotPause, match="1 a 3 meses"):
            case_with_pause(session, contract, house, months=months)


class TestComingBackBefore:
    @pytest.mark.deep
    def test_bills_from_the_next_whole_month(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        case = pauses(session, contract, house)
        twentieth = at_sao_paulo(date(2026, 9, 20), 10)
        resume(session, case=case, actor=house.seller, now=twentieth)
        session.expire_all()
        (row,) = session.scalars(select(SubscriptionPause))
        assert (row.paused_from, row.paused_until) == (date(2026, 9, 1), date(2026, 9, 30))
        night(session, date(2026, 9, 21))
        october = invoices_of(session, contract)[-1]
        # Its day, 15/09, is past: it is due when it is made, so that nobody pays charges for it.
        assert (october.period_from, october.due_on) == (date(2026, 10, 1), date(2026, 9, 21))

    def test_is_refused_when_no_whole_month_is_left(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        case = pauses(session, contract, house)
        with pytest.raises(PauseOver):
            resume(session, case=case, actor=house.seller, now=at_sao_paulo(date(2026, 10, 2), 10))

    def test_happens_once(self, session: Session, contract: Contract, house: House) -> None:
        case = pauses(session, contract, house)
        resume(session, case=case, actor=house.seller, now=TENTH_OF_JULY)  # it had not begun
        with pytest.raises(PauseOver):
            resume(session, case=load_case(session, case.id), actor=house.seller, now=TENTH_OF_JULY)
        assert subscription_of(session, contract).next_due_on == date(2026, 8, 15)


class TestInTheDatabase:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE subscription_pauses SET paused_until = paused_until + 30",
            "UPDATE subscription_pauses SET made_by_id = NULL, resumed_at = now(), next_number = 3",
            "DELETE FROM subscription_pauses",
            "UPDATE subscriptions SET next_number = next_number - 1",
        ],
        ids=["longer", "by nobody", "taken away", "billed all the same"],
    )
    def test_it_stays_as_agreed(
        self, session: Session, contract: Contract, house: House, statement: str
    ) -> None:
        pauses(session, contract, house)
        with pytest.raises(IntegrityError):
            session.execute(text(statement))


class TestOnTheScreen:
    def test_is_agreed_shown_and_ended(self, client_of: ClientOf, transaction: Transaction) -> None:
        with time_machine.travel(TENTH_OF_JULY):
            with transaction() as session:
                house = make_house(session)
                contract_id = active(session, house).id
                customer_id, seller = house.customer.id, house.seller.user_id
            client = client_of(seller)
            client.get(f"/contratos/{contract_id}/cancelamento")
            client.submit(
                f"/contratos/{contract_id}/cancelamento", {"reason": "not_used", "words": "Férias."}
            )
            with transaction() as session:
                address = f"/cancelamentos/{session.scalars(select(CancellationCase.id)).one()}"
            assert "2 meses: sem serviço nem cobrança de 01/08/2026 a 30/09/2026" in client.get(address).text
            said = {"offer": "pause", "answer": "accepted", "words": "Volta em outubro."}
            refused = client.submit(f"{address}/conversa", said)
            assert (refused.status_code, "Escolha quantos meses." in refused.text) == (422, True)
            assert client.submit(f"{address}/conversa", said | {"pause_months": "2"}).status_code == 303
            client.submit(f"{address}/reter", {"words": "Pausou.", "follow_up_on": "2026-09-25"})
            assert "Em pausa de 01/08/2026 a 30/09/2026" in client.get(f"/clientes/{customer_id}").text
            page = client.get(f"/contratos/{contract_id}").text
            assert "em pausa de 01/08/2026 a 30/09/2026" in page
            assert "Encerrar a pausa: volta em 01/08/2026" in client.get(address).text
            client.submit(f"{address}/retomar", {})
            assert "foi desfeita antes de começar" in client.get(address).text
            assert "Em pausa de" not in client.get(f"/clientes/{customer_id}").text
            with transaction() as session:
                following = session.scalars(select(Subscription).filter_by(contract_id=contract_id)).one()
                assert following.next_due_on == date(2026, 7, 15)
