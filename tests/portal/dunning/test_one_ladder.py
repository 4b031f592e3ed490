"""Reminders and the notice before a suspension are one ladder: never two messages a day, three a week."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.dunning.models import DunningMessage
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.rules.sending import NotToday
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.overdue.operations.nights import plan_night
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import NotYet
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, invoices_of, night, nights, notices_of, paid
from tests.factories.quotes import House, make_house


def at(day: int, hour: int = 9) -> datetime:
    return at_sao_paulo(date(2026, 8, day), hour)


def steps(*days: int) -> list[Step]:
    return [Step(day, Channel.EMAIL, Audience.EVERYBODY, 0, "Fatura {fatura}", "Venceu.") for day in days]


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    """Due on Saturday 15/08, payable until Monday 17; three days of grace, so notice on Friday 21."""
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    paid(session, invoices_of(session, contract)[0], at_sao_paulo(date(2026, 7, 10), 9))
    nights(session, date(2026, 8, 5), date(2026, 8, 6))
    return contract


def sent_on(session: Session, day: int) -> list[tuple[int, str | None]]:
    """The day's run, released at nine: each step's day and why it is left out."""
    run = prepare_run(session, now=at(day))
    release_run(session, run.id, actor=None, now=at(day))
    send_chunk(session, run.id, now=at(day))
    session.expire_all()
    found = session.scalars(select(DunningMessage).filter_by(run_id=run.id))
    return [(each.days, each.left_out.value if each.left_out else None) for each in found]


def mail_of(session: Session, kind: str) -> MailMessage:
    return session.scalars(select(MailMessage).filter_by(kind=kind, state=MailState.QUEUED)).one()


def deliver(session: Session, kind: str, now: datetime) -> None:
    """What the queue does with the one mail of a kind that waits."""
    mail = mail_of(session, kind)
    assert send_mail.before(session, mail.id, now=now) is not None
    send_mail.record(session, mail.id, MailState.SENT, now=now)
    session.flush()


class TestANotice:
    @pytest.mark.deep
    def test_goes_alone_and_the_reminder_a_day_later(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        policy_of(session, *steps(4), actor=house.admin)
        nights(session, date(2026, 8, 18), date(2026, 8, 21))
        assert [str(each.noticed_at.date()) for each in notices_of(session, contract)] == ["2026-08-21"]
        deliver(session, "overdue_notice", at(21, 1))
        assert sent_on(session, 21) == [(4, "daily")]
        assert sent_on(session, 22) == [(4, None)]

    @pytest.mark.deep
    def test_counts_in_the_three_of_a_week(self, session: Session, house: House, contract: Contract) -> None:
        policy_of(session, *steps(1, 2, 7), actor=house.admin)
        assert [sent_on(session, day) for day in (18, 19)] == [[(1, None)], [(2, None)]]
        nights(session, date(2026, 8, 20), date(2026, 8, 21))
        deliver(session, "overdue_notice", at(21, 1))
        # The seven days up to Monday 24 have 18, 19 and the notice of 21; up to Tuesday 25 it is two.
        assert sent_on(session, 24) == [(7, "weekly")]
        assert sent_on(session, 25) == [(7, None)]

    def test_that_is_due_after_the_days_reminder_waits_for_the_next_day_and_goes(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        """The machine came back late: the night's work is done at noon."""
        policy_of(session, *steps(4, 5), actor=house.admin)
        assert sent_on(session, 21) == [(4, None)]
        deliver(session, "dunning_reminder", at(21, 10))
        night(session, date(2026, 8, 21))
        notice = mail_of(session, "overdue_notice")
        with pytest.raises(NotYet) as refused:
            send_mail.before(session, notice.id, now=at(21, 12))
        assert refused.value.until == at(22, 0)
        deliver(session, "overdue_notice", at(22, 0))
        assert sent_on(session, 22) == [(5, "daily")]

    def test_takes_the_place_of_a_reminder_that_has_not_left(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        policy_of(session, *steps(4), actor=house.admin)
        assert sent_on(session, 21) == [(4, None)]
        night(session, date(2026, 8, 21))
        deliver(session, "overdue_notice", at(21, 12))
        reminder = mail_of(session, "dunning_reminder")
        assert send_mail.before(session, reminder.id, now=at(21, 13)) is None
        assert reminder.state == MailState.NOT_NEEDED

    def test_is_looked_for_before_a_run_is_prepared(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        policy_of(session, *steps(4), actor=house.admin)
        plan_night(session, day=date(2026, 8, 21), now=at(21, 1))
        with pytest.raises(NotToday, match="atrasos a conferir"):
            prepare_run(session, now=at(21))


class TestASuspension:
    def test_is_the_days_only_message(self, session: Session, house: House, contract: Contract) -> None:
        """Paid until 31/08; fifteen days late on 01/09: suspended on 02/09."""
        policy_of(session, *steps(16), actor=house.admin)
        nights(session, date(2026, 8, 18), date(2026, 9, 2))
        session.execute(
            text(
                "UPDATE mail_messages SET state = 'sent', sent_at = '2026-08-21T04:00Z'"
                " WHERE kind = 'overdue_notice'"
            )
        )
        second = at_sao_paulo(date(2026, 9, 2), 9)
        deliver(session, "service_suspended", at_sao_paulo(date(2026, 9, 2), 1))
        run = prepare_run(session, now=second)
        (message,) = session.scalars(select(DunningMessage).filter_by(run_id=run.id))
        assert message.left_out is not None
        assert message.left_out.value == "daily"
