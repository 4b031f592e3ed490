"""A policy is tried on days that are past: by what was open then, in figures counted by hand."""

from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.dunning.models import DunningHold, DunningMessage, DunningPolicy
from portal.dunning.operations.holds import hold, lift
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.queries.trying import try_policy
from portal.dunning.rules.sending import HoldKind, is_sending_day
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.receipts.rules.receiving import Payer
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
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


@pytest.mark.deep
@pytest.mark.usefixtures("july")
def test_says_what_each_step_would_have_said_and_who_paid_after_it(session: Session) -> None:
    tried = try_policy(session, [BEFORE, AFTER, DEAR], today=FIRST_OF_AUGUST)
    # 12/07 is a Sunday: said on Monday 13, to who has not paid; on 17/07 to the same two, one pays on 20/07.
    assert [tuple(step) for step in tried.steps] == [(1, 2, 399_80, 1, 0), (2, 2, 399_80, 1, 0)]
    assert {(each.sent_on, each.position) for each in tried.examples} == {
        (date(2026, 7, 13), 1),
        (date(2026, 7, 17), 2),
    }


@pytest.mark.deep
@pytest.mark.usefixtures("july")
def test_speaks_to_whom_a_step_was_for_on_that_day(session: Session) -> None:
    # Their first months were paid on the day: nobody was late before 17/07.
    assert [step.sent for step in try_policy(session, [GOOD], today=FIRST_OF_AUGUST).steps] == [2]
    assert try_policy(session, [LATE], today=FIRST_OF_AUGUST).steps == []


@pytest.mark.deep
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


class TestAsItWasOnEachDay:
    """One customer, one invoice of R$ 199,90 due on Wednesday 15/07/2026, never paid; tried on 01/08."""

    @pytest.fixture
    def house(self, session: Session) -> House:
        house = make_house(session)
        self.contract = active(session, house)
        night(session, date(2026, 7, 5))
        return house

    def tried(self, session: Session, *steps: Step) -> list[tuple[date, int]]:
        """When what would have been sent, by position of the step, the first day first."""
        found = try_policy(session, steps, today=FIRST_OF_AUGUST)
        return sorted((each.sent_on, each.position) for each in found.examples)

    @pytest.mark.deep
    def test_a_hold_moves_a_message_to_the_day_after_it(self, session: Session, house: House) -> None:
        self.held(session, house, HoldKind.PROMISE, until=date(2026, 7, 20), on=16)
        assert self.tried(session, AFTER) == [(date(2026, 7, 21), 1)]

    @pytest.mark.deep
    def test_a_hold_that_lasts_longer_than_is_made_up_leaves_it_out(
        self, session: Session, house: House
    ) -> None:
        self.held(session, house, HoldKind.HOLD, until=date(2026, 7, 22), on=16)  # 17/07 and five days more
        assert self.tried(session, AFTER) == []

    @pytest.mark.deep
    def test_a_hold_that_was_lifted_counts_until_then(self, session: Session, house: House) -> None:
        row = self.held(session, house, HoldKind.HOLD, until=date(2026, 7, 31), on=16)
        lift(
            session,
            row.id,
            customer=house.customer,
            actor=house.admin,
            now=at_sao_paulo(date(2026, 7, 18), 9),
        )
        assert self.tried(session, AFTER) == [(date(2026, 7, 18), 1)]

    @pytest.mark.deep
    def test_who_opted_out_is_called_all_the_same(self, session: Session, house: House) -> None:
        self.held(session, house, HoldKind.OPT_OUT, until=None, on=16)
        call = Step(8, Channel.PHONE, Audience.EVERYBODY, 0, "Ligar", "Olá.")
        assert self.tried(session, AFTER, call) == [(date(2026, 7, 23), 2)]

    @pytest.mark.deep
    def test_a_part_that_was_paid_is_not_asked_for(self, session: Session, house: House) -> None:
        (invoice,) = invoices_of(session, self.contract)
        payer = Payer(document=house.customer.document)
        now = at_sao_paulo(date(2026, 7, 20), 9)
        pay(session, invoice_id=invoice.id, amount_cents=150_00, payer=payer, now=now)
        later = Step(8, Channel.EMAIL, Audience.EVERYBODY, 0, "x", "y")
        dear = Step(9, Channel.EMAIL, Audience.EVERYBODY, 60_00, "x", "y")
        tried = try_policy(session, [AFTER, later, dear], today=FIRST_OF_AUGUST)
        # 199,90 on 17/07, and with charges first or not 49,90 of its face on 23/07: less than 60,00 on 24/07.
        assert [tuple(step)[:3] for step in tried.steps] == [(1, 1, 199_90), (2, 1, 49_90)]

    @pytest.mark.deep
    def test_a_fourth_in_a_week_waits_for_room_or_is_left_out(self, session: Session, house: House) -> None:
        steps = [Step(day, Channel.EMAIL, Audience.EVERYBODY, 0, "x", "y") for day in (1, 2, 3, 5, 6)]
        # 16, 17, 18; the one of Monday 20 is overtaken on 21 by the next, which has room on Thursday 23.
        assert self.tried(session, *steps) == [
            (date(2026, 7, 16), 1),
            (date(2026, 7, 17), 2),
            (date(2026, 7, 18), 3),
            (date(2026, 7, 23), 5),
        ]
        tried = try_policy(session, steps, today=FIRST_OF_AUGUST)
        assert [step.capped for step in tried.steps] == [0, 0, 0, 1, 0]

    @pytest.mark.deep
    def test_a_notice_was_the_message_of_its_day(self, session: Session, house: House) -> None:
        night(session, date(2026, 7, 20))
        sent = at_sao_paulo(date(2026, 7, 20), 1)
        session.execute(
            update(MailMessage).where(MailMessage.kind == "overdue_notice").values(state="sent", sent_at=sent)
        )
        fifth = Step(5, Channel.EMAIL, Audience.EVERYBODY, 0, "x", "y")
        assert self.tried(session, fifth) == [(date(2026, 7, 21), 1)]

    @pytest.mark.deep
    def test_two_invoices_are_two_days(self, session: Session, house: House) -> None:
        active(session, house)
        night(session, date(2026, 7, 6))
        assert self.tried(session, AFTER) == [(date(2026, 7, 17), 1), (date(2026, 7, 18), 1)]

    @pytest.mark.deep
    def test_agrees_with_what_runs_of_these_days_send(self, session: Session, house: House) -> None:
        """The same policy, lived day by day: holds, a week that is full, a notice."""
        steps = [Step(day, Channel.EMAIL, Audience.EVERYBODY, 0, "x", "y") for day in (-3, 1, 2, 4, 6, 9)]
        policy_of(session, *steps, actor=house.admin)
        lived = []
        for number in range(10, 32):
            day = date(2026, 7, number)
            if number == 23:
                self.held(session, house, HoldKind.PROMISE, until=date(2026, 7, 25), on=23)
            if not is_sending_day(day):
                continue
            run = prepare_run(session, now=at_sao_paulo(day, 9))
            release_run(session, run.id, actor=None, now=at_sao_paulo(day, 9))
            send_chunk(session, run.id, now=at_sao_paulo(day, 9))
            session.expire_all()
            found = session.scalars(select(DunningMessage).filter_by(run_id=run.id, left_out=None))
            lived += [(day, [step.days for step in steps].index(each.days) + 1) for each in found]
        assert lived == self.tried(session, *steps)
        assert [(each.day, position) for each, position in lived] == [
            (13, 1), (16, 2), (17, 3), (20, 4), (27, 6),
        ]  # fmt: skip

    def held(
        self, session: Session, house: House, kind: HoldKind, *, until: date | None, on: int
    ) -> DunningHold:
        return hold(
            session,
            customer=house.customer,
            kind=kind,
            until_on=until,
            reason="Combinado",
            actor=house.admin,
            now=at_sao_paulo(date(2026, 7, on), 9),
        )
