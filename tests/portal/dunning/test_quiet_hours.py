"""When reminders leave: quiet hours across midnight, weekends, holidays, and a mail server that is away."""

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.dunning.models import DunningMessage
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.rules.sending import NotToday, sending_time_from
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage, MailState
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

FIFTH_OF_JULY = date(2026, 7, 5)


def at(day: int, hour: int = 9, minute: int = 0, month: int = 7) -> datetime:
    return at_sao_paulo(date(2026, month, day), hour, minute)


@pytest.mark.parametrize(
    ("now", "sends_at"),
    [
        (at(17, 8), at(17, 8)),
        (at(17, 19, 59), at(17, 19, 59)),
        (at(17, 20), at(18, 8)),  # Friday night: on Saturday morning
        (at(17, 23, 59), at(18, 8)),
        (at(18, 0, 0), at(18, 8)),  # midnight changes nothing
        (at(18, 7, 59), at(18, 8)),
        (at(18, 13, 59), at(18, 13, 59)),
        (at(18, 14), at(20, 8)),  # Saturday afternoon: on Monday
        (at(19, 12), at(20, 8)),
        (at(4, 21, 0, 9), at(5, 8, 0, 9)),
        (at(5, 14, 0, 9), at(8, 8, 0, 9)),  # Sunday, and Monday is Independence Day
        (at(31, 23, 0, 12), at_sao_paulo(date(2027, 1, 2), 8)),  # the year begins with a holiday
        (at_sao_paulo(date(2028, 2, 28), 22), at_sao_paulo(date(2028, 2, 29), 8)),
        (at(24, 20, 0, 12), at(26, 8, 0, 12)),  # Christmas is a Friday
    ],
)
def test_nobody_is_reminded_before(now: datetime, sends_at: datetime) -> None:
    assert sending_time_from(now) == sends_at


@pytest.fixture
def outbox_of(app: Flask, outbox: MailServer, transaction: Transaction) -> Flask:
    """An invoice due on Wednesday 15/07 that is reminded of two days later."""
    with transaction() as session:
        house = make_house(session)
        policy_of(session, reminder(2), actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
    let_mails_leave(app, at(6))
    outbox.messages.clear()
    return app


def reminder(days: int) -> Step:
    return Step(days, Channel.EMAIL, Audience.EVERYBODY, 0, "Fatura {fatura}: {dias} dias", "Venceu.")


def release(session: Session, now: datetime) -> None:
    run = prepare_run(session, now=now)
    release_run(session, run.id, actor=None, now=now)
    send_chunk(session, run.id, now=now)


def reminders(session: Session) -> list[MailMessage]:
    return list(session.scalars(select(MailMessage).filter_by(kind="dunning_reminder")))


class TestAMailServerThatIsAway:
    @pytest.mark.deep
    def test_for_a_day_leaves_one_mail_for_the_next_morning(
        self, outbox_of: Flask, outbox: MailServer, transaction: Transaction
    ) -> None:
        with transaction() as session:
            release(session, at(17))
        outbox.stop()
        for hour in range(9, 24):
            let_mails_leave(outbox_of, at(17, hour))
        outbox.start()
        let_mails_leave(outbox_of, at(18, 7, 59))
        assert outbox.messages == []
        let_mails_leave(outbox_of, at(18, 8))
        (mail,) = outbox.messages
        assert mail["Subject"] == "Fatura 000002: 3 dias"  # as things stand when it leaves

    @pytest.mark.deep
    def test_over_a_weekend_leaves_it_for_monday(
        self, outbox_of: Flask, outbox: MailServer, transaction: Transaction
    ) -> None:
        """Longer than the day after which a mail is given up."""
        with transaction() as session:
            release(session, at(18, 13))
        outbox.stop()
        let_mails_leave(outbox_of, at(18, 13))
        outbox.start()
        for day, hour in ((18, 14), (19, 9), (19, 14), (20, 7)):
            let_mails_leave(outbox_of, at(day, hour))
        assert outbox.messages == []
        outbox.stop()
        let_mails_leave(outbox_of, at(20, 8))  # away once more: a new day of trying
        outbox.start()
        let_mails_leave(outbox_of, at(20, 9))
        assert len(outbox.messages) == 1
        with transaction() as session:
            assert [mail.state for mail in reminders(session)] == [MailState.SENT]

    @pytest.mark.deep
    def test_says_nothing_once_it_is_paid_meanwhile(
        self, outbox_of: Flask, outbox: MailServer, transaction: Transaction
    ) -> None:
        with transaction() as session:
            release(session, at(18, 13))
        outbox.stop()
        let_mails_leave(outbox_of, at(18, 13))
        with transaction() as session:
            contract = session.scalars(select(Contract)).one()
            paid(session, invoices_of(session, contract)[0], at(19, 20))
        outbox.start()
        let_mails_leave(outbox_of, at(20, 8))
        assert [mail for mail in outbox.messages if "dias" in mail["Subject"]] == []


class TestAStepOnADayWithoutService:
    @pytest.fixture
    def house(self, session: Session) -> House:
        return make_house(session)

    @pytest.mark.deep
    def test_is_made_up_on_the_next_working_morning(self, session: Session, house: House) -> None:
        """Four days after 15/07 is a Sunday, and on Monday the machine comes back at noon."""
        policy_of(session, reminder(4), actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        assert self.days(session, at(20, 12)) == [4]

    @pytest.mark.deep
    def test_is_one_message_however_many_steps_passed(self, session: Session, house: House) -> None:
        policy_of(session, *(reminder(day) for day in (1, 2, 3, 4, 5)), actor=house.admin)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        assert self.days(session, at(20)) == [5]
        assert self.days(session, at(21)) == []

    @pytest.mark.deep
    def test_at_christmas_is_made_up_on_monday(self, session: Session, house: House) -> None:
        """Ten days after 15/12 is Friday 25/12; on Saturday the machine is away."""
        policy_of(session, reminder(10), actor=house.admin)
        contract = active(session, house)
        for month in range(7, 13):
            night(session, date(2026, month, 5))
            if month < 12:
                paid(session, invoices_of(session, contract)[-1], at(10, month=month))
        with pytest.raises(NotToday, match="feriados"):
            prepare_run(session, now=at(25, month=12))
        assert self.days(session, at(28, month=12)) == [10]

    def days(self, session: Session, now: datetime) -> list[int]:
        run = prepare_run(session, now=now)
        release_run(session, run.id, actor=None, now=now)
        send_chunk(session, run.id, now=now)
        session.expire_all()
        return [each.days for each in session.scalars(select(DunningMessage).filter_by(run_id=run.id))]
