"""What the first page of the Central do Assinante says of each plan, and what an invoice costs today."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceKind, ServiceState
from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.overdue.queries.returning import others_to_pay
from portal.shared.clock import at_sao_paulo
from portal.subscribers.pages.home import HomePage, home_page
from portal.subscribers.rules import Due, Service, banner
from tests.factories.overdue import MENTORING, active, invoices_of, night
from tests.factories.payments import pay
from tests.factories.quotes import make_house

TODAY = date(2026, 7, 24)
END_OF_JULY = date(2026, 7, 31)


@pytest.mark.deep
def test_ties_a_late_invoice_to_its_own_plan(session: Session) -> None:
    house = make_house(session)
    late, paid = active(session, house), active(session, house)
    night(session, date(2026, 7, 5))
    (invoice,) = invoices_of(session, paid)
    pay(session, invoice_id=invoice.id, now=at_sao_paulo(date(2026, 7, 10), 9))
    page: HomePage = home_page(session, customer_id=house.customer.id, today=TODAY)
    said = {each.contract_id: words for each, words in page.banners if each}
    assert "Há uma fatura vencida em 15/07/2026." in said[late.id].next_step
    assert said[paid.id].next_step.startswith("Não há nada a pagar.")


@pytest.mark.deep
def test_an_invoice_costs_its_charges_of_the_day_and_none_on_carried_ones(session: Session) -> None:
    """199,90 nine days late: 4,00 and 0,60. Paid without them, they go on the next, which is not late yet."""
    house = make_house(session)
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    (owed,) = home_page(session, customer_id=house.customer.id, today=TODAY).owed
    assert (owed.charges_cents, owed.total_cents, owed.is_late) == (4_60, 204_50, True)
    (invoice,) = invoices_of(session, contract)
    pay(session, invoice_id=invoice.id, now=at_sao_paulo(TODAY, 9))
    night(session, date(2026, 8, 5))
    (next_one,) = home_page(session, customer_id=house.customer.id, today=date(2026, 8, 24)).owed
    assert (next_one.invoice.carried_cents, next_one.charges_cents) == (4_60, 4_47)


@pytest.mark.parametrize(
    ("released_until", "due_on", "title", "step"),
    [
        (END_OF_JULY, None, "Seu serviço está liberado até 31/07/2026", "Não há nada a pagar."),
        (END_OF_JULY, date(2026, 7, 27), "Seu serviço está liberado até 31/07/2026", "vence em 27/07/2026"),
        (
            END_OF_JULY,
            date(2026, 7, 15),
            "Seu serviço está liberado até 31/07/2026",
            "fatura vencida em 15/07",
        ),
        (
            date(2026, 6, 30),
            date(2026, 6, 15),
            "Seu serviço foi liberado até 30/06/2026",
            "por Pix ou cartão",
        ),
        (date(2026, 6, 30), None, "Seu serviço foi liberado até 30/06/2026", "Fale com o financeiro"),
        (None, date(2026, 7, 27), "Seu serviço ainda não começou", "Pague a primeira fatura."),
    ],
)
def test_the_banner_says_until_when_and_what_next(
    released_until: date | None, due_on: date | None, title: str, step: str
) -> None:
    service = Service(contract_id=1, plan_name="Hiper Mini", released_until=released_until)
    said = banner(service, Due(oldest_on=due_on, payable_until=due_on), today=TODAY)
    assert said.title == title
    assert step in said.next_step


def test_a_weekend_is_no_lateness() -> None:
    saturday, monday = date(2026, 7, 18), date(2026, 7, 20)
    service = Service(contract_id=1, plan_name="Hiper Mini", released_until=END_OF_JULY)
    due = Due(oldest_on=saturday, payable_until=monday)
    on_monday = banner(service, due, today=monday)
    assert "vencida" not in on_monday.next_step
    later = banner(service, due, today=monday + timedelta(days=1))
    assert "vencida" in later.next_step


@pytest.mark.deep
def test_what_was_paid_late_is_shown_with_its_charges(session: Session) -> None:
    """199,90 nine days late cost 204,50."""
    house = make_house(session)
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    (invoice,) = invoices_of(session, contract)
    pay(session, invoice_id=invoice.id, amount_cents=204_50, now=at_sao_paulo(TODAY, 9))
    session.expire_all()
    paid = home_page(session, customer_id=house.customer.id, today=TODAY).paid
    assert [(each.total_cents, each.charges_cents) for each in paid] == [(204_50, 4_60), (199_90, 0)]


@pytest.mark.deep
def test_plans_of_one_name_are_told_apart_by_their_contracts(session: Session) -> None:
    house = make_house(session)
    first, second = active(session, house), active(session, house)
    page = home_page(session, customer_id=house.customer.id, today=TODAY)
    names = {page.name_of(service) for service, _ in page.banners}
    assert names == {f"Hiper Gestão, contrato {each.id:06d}" for each in (first, second)}


def test_nothing_is_to_be_paid_of_this_contract_where_another_has_an_invoice() -> None:
    service = Service(contract_id=1, plan_name="Hiper Mini", released_until=END_OF_JULY)
    said = banner(service, Due(is_elsewhere=True), today=TODAY)
    assert said.next_step.startswith("Não há nada a pagar deste contrato.")


@pytest.mark.parametrize(
    ("kind", "count", "what"),
    [
        (ServiceKind.SUBSCRIPTION, 1, "Pague a fatura vencida, R$ 304,61, por Pix ou cartão"),
        (ServiceKind.SUBSCRIPTION, 2, "Pague as 2 faturas vencidas, R$ 304,61 ao todo, por Pix ou cartão"),
        (ServiceKind.MENTORING, 2, "Pague as 2 faturas em aberto, R$ 304,61 ao todo, por Pix ou cartão"),
    ],
)
def test_a_suspended_service_says_exactly_what_brings_it_back(
    kind: ServiceKind, count: int, what: str
) -> None:
    service = Service(
        contract_id=1,
        plan_name="Hiper Mini",
        released_until=date(2026, 6, 30),
        state=ServiceState.SUSPENDED,
        suspended_on=date(2026, 7, 20),
        kind=kind,
    )
    said = banner(service, Due(blocking_count=count, blocking_cents=304_61), today=TODAY)
    assert said.next_step.replace("\xa0", " ").startswith(what)


def two_late(session: Session, **selection: Any) -> tuple[Invoice, Invoice]:
    """Of one contract, due on 15/07 and 15/08."""
    contract = active(session, **selection)
    for number in (2, 3):
        issue_installment(
            session,
            contract=load_contract(session, contract.id),
            number=number,
            now=at_sao_paulo(date(2026, 5 + number, 5), 9),
        )
    first, second = invoices_of(session, contract)
    return first, second


class TestTwoLateInvoices:
    def test_are_paid_together_by_one_button(self, session: Session) -> None:
        late = two_late(session)
        page = home_page(session, customer_id=late[0].customer_id, today=date(2026, 8, 24))
        # 40 days: 4,00 and 2,67; 7 days from Monday, 17/08: 4,00 and 0,47
        assert page.late_cents == 206_57 + 204_37
        assert [each.invoice.id for each in page.late] == [each.id for each in late]

    @pytest.mark.deep
    def test_hold_the_service_back_both(self, session: Session) -> None:
        first, second = two_late(session)
        assert others_to_pay(session, first, today=date(2026, 8, 24)) == [second]
        assert others_to_pay(session, second, today=date(2026, 8, 24)) == [first]
        assert others_to_pay(session, first, today=date(2026, 8, 14)) == []

    def test_of_mentoring_the_current_one_too(self, session: Session) -> None:
        first, second = two_late(session, **MENTORING)
        assert others_to_pay(session, first, today=date(2026, 8, 14)) == [second]
