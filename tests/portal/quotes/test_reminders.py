"""Requests that wait: reminder, then somebody else too, each once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.quotes import scheduled
from portal.quotes.models import Approval
from portal.quotes.operations.answering import decline_proposal
from portal.quotes.operations.approval import approve_quote
from portal.quotes.operations.reminding import remind_of_approvals
from portal.schedule import TIMETABLE
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.users.models import User
from tests.factories.copies import copy_quotes
from tests.factories.quotes import NOON, House, make_house, pending, sent
from tests.support.letters import written

DAY = timedelta(days=1)
FRIDAY = at_sao_paulo(date(2026, 6, 12), 16)


def receivers(session: Session, kind: str) -> list[str]:
    found = select(MailMessage.to_address).where(MailMessage.key.startswith(f"approval-{kind}"))
    return list(session.scalars(found.order_by(MailMessage.id)))


def run(session: Session, now: datetime) -> tuple[int, int]:
    return remind_of_approvals(session, now=now)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


class TestManyRequests:
    def test_that_wait_for_somebody_else_stand_before_nobody_who_is_to_be_reminded(
        self, session: Session, house: House
    ) -> None:
        pending(session, house)
        copy_quotes(session, first=1, last=500)
        session.execute(update(Approval).values(reminded_at=NOON))
        newest = pending(session, house, now=NOON + timedelta(hours=1))
        assert run(session, NOON + DAY + timedelta(hours=1)) == (1, 0)
        session.refresh(newest)
        assert newest.reminded_at == NOON + DAY + timedelta(hours=1)


class TestARequestWithoutAnswer:
    def test_is_left_alone_for_a_business_day(self, session: Session, house: House) -> None:
        pending(session, house)
        assert run(session, NOON + DAY - timedelta(seconds=1)) == (0, 0)

    def test_reminds_the_account_manager_after_one(self, session: Session, house: House) -> None:
        pending(session, house)
        assert run(session, NOON + DAY) == (1, 0)
        assert receivers(session, "reminder") == [house.manager.email]

    def test_goes_to_the_substitute_too_after_two(self, session: Session, house: House) -> None:
        pending(session, house)
        run(session, NOON + DAY)
        assert run(session, NOON + 2 * DAY) == (0, 1)
        assert receivers(session, "escalated") == [house.substitute.email]
        escalated = select(MailMessage).where(MailMessage.key.startswith("approval-escalated"))
        body = written(session, session.scalars(escalated).one())
        assert "Ana Souza ainda não respondeu" in body.text_body
        assert "há 2 dias" in body.text_body

    def test_goes_to_the_admins_when_there_is_no_substitute(self, session: Session, house: House) -> None:
        house.partner.substitute_id = None
        pending(session, house)
        run(session, NOON + 2 * DAY)
        assert receivers(session, "escalated") == [house.admin.email]

    def test_goes_to_the_admins_when_the_substitute_was_asked_first(
        self, session: Session, house: House
    ) -> None:
        session.get_one(User, house.manager.user_id).disabled_at = NOON
        pending(session, house)
        run(session, NOON + 2 * DAY)
        assert receivers(session, "requested") == [house.substitute.email]
        assert receivers(session, "escalated") == [house.admin.email]

    @pytest.mark.deep
    def test_is_mentioned_once_however_often_the_job_runs(self, session: Session, house: House) -> None:
        pending(session, house)
        for hours in range(24, 100, 4):
            run(session, NOON + timedelta(hours=hours))
        assert len(receivers(session, "reminder")) == 1
        assert len(receivers(session, "escalated")) == 1

    def test_of_friday_waits_over_the_weekend(self, session: Session, house: House) -> None:
        pending(session, house, now=FRIDAY)
        assert run(session, FRIDAY + 3 * DAY - timedelta(minutes=1)) == (0, 0)
        assert run(session, FRIDAY + 3 * DAY) == (1, 0)
        assert run(session, FRIDAY + 4 * DAY) == (0, 1)

    def test_waits_over_a_holiday(self, session: Session, house: House) -> None:
        before = at_sao_paulo(date(2026, 9, 4), 10)  # a Friday; Monday the 7th is Independência
        pending(session, house, now=before)
        assert run(session, before + 3 * DAY) == (0, 0)
        assert run(session, before + 4 * DAY) == (1, 0)

    def test_catches_up_at_once_after_an_outage(self, session: Session, house: House) -> None:
        pending(session, house)
        assert run(session, NOON + 9 * DAY) == (1, 1)


class TestAnAnsweredRequest:
    def test_is_never_mentioned(self, session: Session, house: House) -> None:
        approval = pending(session, house)
        approve_quote(session, approval=approval, actor=house.manager, now=NOON)
        assert run(session, NOON + 5 * DAY) == (0, 0)
        assert session.scalars(select(Approval.reminded_at)).all() == [None]


class TestTheJobs:
    def test_are_on_the_timetable(self) -> None:
        assert {"approval-reminders", "expire-quotes"} <= {job.name for job, _when in TIMETABLE}

    def test_say_what_they_did(self, session: Session, house: House) -> None:
        pending(session, house)
        sent(session, house)
        later = NOON + 20 * DAY
        said = scheduled.remind_of_approvals(session, now=later).message
        assert said == "Lembretes: 1. Encaminhados também a outra pessoa: 1."
        assert scheduled.expire_quotes(session, now=later).counts == {"expired": 1}


class TestAMailToSomebodyWhoLeft:
    def test_goes_to_the_partner(self, session: Session, house: House) -> None:
        _quote, token = sent(session, house)
        session.get_one(User, house.seller.user_id).disabled_at = NOON
        decline_proposal(session, token=token, reason="price", now=NOON)
        told = session.scalars(select(MailMessage).where(MailMessage.key.startswith("quote-declined"))).one()
        assert told.to_address == house.partner.email
