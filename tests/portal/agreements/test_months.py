"""Meses de serviço under an agreement: signed, begun, kept."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.customers.queries.months import MonthsOfService
from portal.invoices.queries.months import months_of_service
from portal.shared.clock import at_sao_paulo
from tests.factories.agreements import part_of, pay_part, signed
from tests.factories.overdue import active, nights
from tests.factories.quotes import House, make_house

TENTH = at_sao_paulo(date(2026, 8, 10), 10)
TWELFTH = at_sao_paulo(date(2026, 8, 12), 15)


def august(session: Session, house: House) -> list[str]:
    """The words for August, which July's unpaid invoice is to pay."""
    session.flush()
    session.expire_all()
    asked = MonthsOfService(actor=None, customer_id=house.customer.id, today=date(2026, 8, 31))
    (month,) = [each for each in months_of_service(session, asked) if each.first_day == date(2026, 8, 1)]
    return [part.state.label for part in month.parts]


@pytest.mark.deep
def test_a_month_in_an_agreement_is_neither_free_nor_unpaid(session: Session) -> None:
    house = make_house(session)
    active(session, house)
    nights(session, date(2026, 7, 5), date(2026, 7, 6))
    nights(session, date(2026, 7, 19), date(2026, 7, 20))
    nights(session, date(2026, 8, 1), date(2026, 8, 2))
    assert august(session, house) == ["Vencida"]
    agreement = signed(session, house.customer.id, TENTH)
    assert august(session, house) == ["Em acordo"]
    pay_part(session, agreement, 0, now=TWELFTH)
    assert "Em acordo" in august(session, house)
    for number in (1, 2, 3):
        pay_part(session, agreement, number, now=TWELFTH)
    assert part_of(session, agreement, 3).paid_at is not None
    assert set(august(session, house)) == {"Paga"}
