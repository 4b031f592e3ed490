"""What the first page of the Central do Assinante says of each plan, and what an invoice costs today."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.shared.clock import at_sao_paulo
from portal.subscribers.pages.home import HomePage, home_page
from portal.subscribers.rules import Service, banner
from tests.factories.overdue import active, invoices_of, night
from tests.factories.payments import pay
from tests.factories.quotes import make_house

TODAY = date(2026, 7, 24)
END_OF_JULY = date(2026, 7, 31)


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
    said = banner(service, oldest_due_on=due_on, payable_until=due_on, today=TODAY)
    assert said.title == title
    assert step in said.next_step


def test_a_weekend_is_no_lateness() -> None:
    saturday, monday = date(2026, 7, 18), date(2026, 7, 20)
    service = Service(contract_id=1, plan_name="Hiper Mini", released_until=END_OF_JULY)
    on_monday = banner(service, oldest_due_on=saturday, payable_until=monday, today=monday)
    assert "vencida" not in on_monday.next_step
    later = banner(service, oldest_due_on=saturday, payable_until=monday, today=monday + timedelta(days=1))
    assert "vencida" in later.next_step
