"""A policy is tried on days that are past: by what was open then, in figures counted by hand."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.dunning.models import DunningPolicy
from portal.dunning.queries.trying import try_policy
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.forms import form_values
from tests.support.people import ClientOf

BEFORE = Step(-3, Channel.EMAIL, Audience.EVERYBODY, 0, "Vence", "Vence.")
AFTER = Step(2, Channel.EMAIL, Audience.EVERYBODY, 0, "Venceu", "Venceu.")
GOOD = Step(2, Channel.EMAIL, Audience.GOOD, 0, "Venceu", "Venceu.")
LATE = Step(2, Channel.EMAIL, Audience.LATE_BEFORE, 0, "Venceu", "Venceu.")
DEAR = Step(8, Channel.PHONE, Audience.EVERYBODY, 500_00, "Ligar", "Olá.")
FIRST_OF_AUGUST = date(2026, 8, 1)


@pytest.fixture
def july(session: Session) -> None:
    """Three invoices of R$ 199,90 due on 15/07: paid on 10/07, on 20/07, and never."""
    contracts = [active(session, make_house(session)) for _ in range(3)]
    night(session, date(2026, 7, 5))
    for contract, day in zip(contracts, (10, 20), strict=False):
        paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, day), 9))


@pytest.mark.usefixtures("july")
def test_says_what_each_step_would_have_said_and_who_paid_after_it(session: Session) -> None:
    tried = try_policy(session, [BEFORE, AFTER, DEAR], today=FIRST_OF_AUGUST)
    # 12/07 is a Sunday: said on Monday 13, to who has not paid; on 17/07 to the same two, one pays on 20/07.
    assert [tuple(step) for step in tried.steps] == [(1, 2, 399_80, 1), (2, 2, 399_80, 1)]
    assert {(each.sent_on, each.position) for each in tried.examples} == {
        (date(2026, 7, 13), 1),
        (date(2026, 7, 17), 2),
    }


@pytest.mark.usefixtures("july")
def test_speaks_to_whom_a_step_was_for_on_that_day(session: Session) -> None:
    # Their first months were paid on the day: nobody was late before 17/07.
    assert [step.sent for step in try_policy(session, [GOOD], today=FIRST_OF_AUGUST).steps] == [2]
    assert try_policy(session, [LATE], today=FIRST_OF_AUGUST).steps == []


@pytest.mark.usefixtures("july")
def test_is_about_days_that_are_past(session: Session) -> None:
    assert [
        step.position for step in try_policy(session, [BEFORE, AFTER], today=date(2026, 7, 17)).steps
    ] == [1]
    assert try_policy(session, [AFTER], today=date(2027, 1, 1)).steps == ()


def test_is_shown_below_the_steps_and_saves_nothing(client_of: ClientOf, transaction: Transaction) -> None:
    with transaction() as session:
        finance = make_user(session, role=Role.FINANCE).id
        active(session, make_house(session))
    client = client_of(finance)
    page = client.get("/regua/passos").text
    answer = client.submit("/regua/passos", form_values(page) | {"try": "1"})
    assert answer.status_code == 200
    assert "Nos últimos 90 dias, esta régua teria enviado" in answer.text
    with transaction() as session:
        assert session.scalars(select(DunningPolicy)).all() == []
