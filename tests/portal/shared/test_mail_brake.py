"""The brake: what is above an hour's limit waits, is told why, and leaves when the hour has room."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.shared.auth import Role
from portal.shared.db import db
from portal.shared.mail import Notice, queue_notices
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_release import release_held_mails
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import Lane, QueuedJob, run_next_job
from portal.shared.transactions import work_for
from tests.factories.partners import make_partner
from tests.factories.users import make_user
from tests.support.queue_app import NOON, queue_approved
from tests.support.smtp import MailServer

RECEIVER, SENDER, PARTNER = 20, 25, 30  # the limits of the queue app
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def queue(
    app: Flask, keys: Iterable[object], *, now: datetime = NOON, by: int | None = None, **changes: object
) -> None:
    """Queue mails in one transaction, each to an address of its own unless it is given."""
    with app.app_context():
        if by is not None:
            work_for(db.session, by)
        for key in keys:
            queue_approved(
                db.session, key=f"approved:{key}", now=now, **({"to": f"ana.{key}@x.example"} | changes)
            )
        db.session.commit()


def deliver(app: Flask, now: datetime = NOON) -> int:
    """Send what is due; how many jobs that took."""
    count = 0
    with app.app_context():
        while run_next_job(db.engine, Lane.MAIL, clock=lambda: now):
            count += 1
    return count


def release(app: Flask, now: datetime) -> str:
    with app.app_context():
        report = release_held_mails(db.session, now=now)
        db.session.commit()
        return report.message


def states(app: Flask) -> list[str]:
    """Of every mail, in the order they were queued."""
    with app.app_context():
        return list(db.session.scalars(select(MailMessage.state).order_by(MailMessage.id)))


def held(app: Flask) -> list[tuple[str, str]]:
    """Key and reason of what is held."""
    statement = select(MailMessage.key, MailMessage.last_error).filter_by(state=MailState.HELD)
    with app.app_context():
        return [(key, why) for key, why in db.session.execute(statement.order_by(MailMessage.id))]


@pytest.fixture
def user_ids(queue_app: Flask) -> list[int]:
    with queue_app.app_context():
        found = [make_user(db.session, role=Role.FINANCE).id for _ in range(2)]
        db.session.commit()
        return found


@pytest.fixture
def partner_ids(queue_app: Flask) -> list[int]:
    with queue_app.app_context():
        found = [make_partner(db.session).id for _ in range(2)]
        db.session.commit()
        return found


class TestAMailAboveALimit:
    @pytest.mark.deep
    def test_to_one_receiver_is_held_with_the_reason_and_has_no_job(self, queue_app: Flask) -> None:
        queue(queue_app, range(RECEIVER + 2), to="ana@padaria.example")
        why = "Limite de 20 e-mails por hora para o mesmo destinatário."
        assert held(queue_app) == [("approved:20", why), ("approved:21", why)]
        with queue_app.app_context():
            ids = db.session.scalars(select(MailMessage.id).filter_by(state=MailState.HELD)).all()
            assert db.session.scalars(select(QueuedJob.id).where(QueuedJob.subject_id.in_(ids))).all() == []

    @pytest.mark.deep
    def test_is_counted_however_the_address_is_written(self, queue_app: Flask) -> None:
        queue(queue_app, range(RECEIVER), to="ana@padaria.example")
        queue(queue_app, ["loud"], to="ANA@Padaria.example")
        assert [key for key, _why in held(queue_app)] == ["approved:loud"]

    @pytest.mark.deep
    def test_by_one_person_is_held_whomever_it_goes_to(self, queue_app: Flask, user_ids: list[int]) -> None:
        queue(queue_app, range(SENDER + 1), by=user_ids[0])
        assert held(queue_app) == [
            ("approved:25", "Limite de 25 e-mails por hora causados pela mesma pessoa.")
        ]
        queue(queue_app, ["another's"], by=user_ids[1])
        queue(queue_app, ["nobody's"])
        assert len(held(queue_app)) == 1

    @pytest.mark.deep
    def test_of_one_partner_is_held_whoever_causes_it(self, queue_app: Flask, partner_ids: list[int]) -> None:
        queue(queue_app, range(PARTNER + 1), partner_id=partner_ids[0])
        assert held(queue_app) == [("approved:30", "Limite de 30 e-mails por hora do mesmo parceiro.")]
        queue(queue_app, ["another's"], partner_id=partner_ids[1])
        assert len(held(queue_app)) == 1

    @pytest.mark.deep
    def test_is_none_when_the_others_left_more_than_an_hour_ago(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        queue(queue_app, range(RECEIVER), to="ana@padaria.example")
        deliver(queue_app)
        queue(queue_app, ["at 59"], to="ana@padaria.example", now=NOON + 59 * MINUTE)
        queue(queue_app, ["at 60"], to="ana@padaria.example", now=NOON + HOUR)
        assert [key for key, _why in held(queue_app)] == ["approved:at 59"]

    def test_cannot_be_kept_without_a_reason(self, queue_app: Flask) -> None:
        queue(queue_app, ["1"])
        with queue_app.app_context(), pytest.raises(IntegrityError):
            db.session.execute(text("UPDATE mail_messages SET state = 'held'"))


class TestAnUrgentMail:
    @pytest.mark.deep
    def test_leaves_though_the_receivers_hour_is_full_of_others(self, queue_app: Flask) -> None:
        queue(queue_app, range(RECEIVER), to="ana@padaria.example")
        queue(queue_app, ["warning"], to="ana@padaria.example", is_urgent=True)
        assert held(queue_app) == []

    @pytest.mark.deep
    def test_takes_its_place_in_the_hour(self, queue_app: Flask) -> None:
        queue(queue_app, range(RECEIVER), to="ana@padaria.example", is_urgent=True)
        queue(queue_app, ["other"], to="ana@padaria.example")
        assert [key for key, _why in held(queue_app)] == ["approved:other"]

    def test_is_held_by_as_many_of_its_kind(self, queue_app: Flask) -> None:
        queue(queue_app, range(RECEIVER + 1), to="ana@padaria.example", is_urgent=True)
        assert [key for key, _why in held(queue_app)] == ["approved:20"]

    @pytest.mark.deep
    def test_is_never_held_by_the_limit_of_a_person_or_a_partner(
        self, queue_app: Flask, user_ids: list[int], partner_ids: list[int]
    ) -> None:
        queue(queue_app, range(PARTNER), by=user_ids[0], partner_id=partner_ids[0])
        before = len(held(queue_app))
        queue(queue_app, ["warning"], by=user_ids[0], partner_id=partner_ids[0], is_urgent=True)
        assert len(held(queue_app)) == before


class TestTransactionsAtOnce:
    @pytest.mark.deep
    def test_let_no_more_leave_than_the_limit(self, queue_app: Flask, mail_server: MailServer) -> None:
        """None sees the mails of the others, so each queues all of its own."""
        barrier = threading.Barrier(3)

        def request(number: int) -> None:
            with queue_app.app_context():
                for each in range(10):
                    queue_approved(db.session, key=f"{number}:{each}", to="ana@padaria.example")
                barrier.wait()
                db.session.commit()

        threads = [threading.Thread(target=request, args=[number]) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert states(queue_app) == ["queued"] * 30
        workers = [threading.Thread(target=deliver, args=[queue_app]) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(states(queue_app)) == ["held"] * 10 + ["sent"] * RECEIVER
        assert len(mail_server.messages) == RECEIVER

    @pytest.mark.deep
    def test_pass_the_brake_one_after_the_other(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app, range(RECEIVER - 1), to="ana@padaria.example")
        deliver(queue_app)

        def prepare(session: Session, mail_id: int) -> object:
            with queue_app.app_context():
                return send_mail.before(session, mail_id, now=NOON)

        with queue_app.app_context(), Session(db.engine) as one, Session(db.engine) as other:
            to = "ana@padaria.example"
            first, second = queue_approved(one, key="1", to=to).id, queue_approved(other, key="2", to=to).id
            one.commit()
            other.commit()
            assert prepare(one, first) is not None
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(prepare, other, second)
                assert wait([asked], 0.3).not_done
                one.commit()
                assert asked.result(timeout=10) is None
            assert other.get_one(MailMessage, second).state == MailState.HELD

    def test_do_not_wait_at_the_door(self, queue_app: Flask) -> None:
        """Each writes to two people, in the other's order."""
        barrier, faults = threading.Barrier(2), list[Exception]()

        def request(number: int, first: str, then: str) -> None:
            with queue_app.app_context():
                try:
                    queue_approved(db.session, key=f"{number}:first", to=first)
                    barrier.wait(timeout=10)
                    queue_approved(db.session, key=f"{number}:then", to=then)
                    barrier.wait(timeout=10)
                    db.session.commit()
                except Exception as fault:  # noqa: BLE001 - shown below
                    faults.append(fault)

        people = ("ana@x.example", "bia@x.example")
        threads = [threading.Thread(target=request, args=[n, *people[:: 1 - 2 * n]]) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []


class TestHeldMails:
    def test_leave_the_oldest_first_when_the_hour_has_room(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        for number in range(2 * RECEIVER + 5):
            queue(queue_app, [number], to="ana@padaria.example", now=NOON + timedelta(seconds=number))
        assert deliver(queue_app, NOON + MINUTE) == RECEIVER
        assert release(queue_app, NOON + 30 * MINUTE) == "E-mails liberados: 0."
        assert release(queue_app, NOON + HOUR + MINUTE) == f"E-mails liberados: {RECEIVER}."
        assert deliver(queue_app, NOON + HOUR + MINUTE) == RECEIVER
        assert states(queue_app) == ["sent"] * 2 * RECEIVER + ["held"] * 5
        assert release(queue_app, NOON + 2 * HOUR + MINUTE) == "E-mails liberados: 5."
        deliver(queue_app, NOON + 2 * HOUR + MINUTE)
        assert len(mail_server.messages) == 2 * RECEIVER + 5

    @pytest.mark.deep
    def test_to_a_full_receiver_do_not_keep_others_waiting(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        queue(queue_app, range(RECEIVER), to="bia@padaria.example", now=NOON - 50 * MINUTE)
        deliver(queue_app, NOON - 50 * MINUTE)
        queue(queue_app, range(100, 101 + RECEIVER), to="ana@padaria.example")
        deliver(queue_app)
        queue(queue_app, ["later"], to="bia@padaria.example", now=NOON + MINUTE)
        assert [key for key, _why in held(queue_app)] == ["approved:120", "approved:later"]
        assert release(queue_app, NOON + 15 * MINUTE) == "E-mails liberados: 1."
        assert [key for key, _why in held(queue_app)] == ["approved:120"]

    @pytest.mark.deep
    def test_do_not_count_for_their_sender(self, queue_app: Flask, user_ids: list[int]) -> None:
        queue(queue_app, range(SENDER), to="ana@padaria.example", by=user_ids[0])
        queue(queue_app, ["other"], by=user_ids[0])
        assert states(queue_app) == ["queued"] * RECEIVER + ["held"] * (SENDER - RECEIVER) + ["queued"]

    @pytest.mark.deep
    def test_tell_the_limit_that_stands_when_it_changed(
        self, queue_app: Flask, mail_server: MailServer, partner_ids: list[int]
    ) -> None:
        queue(queue_app, range(RECEIVER + 1), to="ana@padaria.example", partner_id=partner_ids[0])
        queue(queue_app, range(100, 110), partner_id=partner_ids[0])
        deliver(queue_app)
        with queue_app.app_context():
            gone = select(MailMessage).filter_by(to_address="ana@padaria.example", state=MailState.SENT)
            for mail in db.session.scalars(gone).all()[:1]:
                mail.to_address = "bia@padaria.example"
            db.session.commit()
        release(queue_app, NOON + MINUTE)
        assert held(queue_app) == [("approved:20", "Limite de 30 e-mails por hora do mesmo parceiro.")]


class TestMailsOfARun:
    """As many as a partner has customers, all due on one day."""

    def queue_run(self, app: Flask, count: int, partner_id: int, *, to: str = "") -> None:
        notices = [
            Notice(
                subject_id=7,
                key=f"run:{number}",
                to=to or f"run.{number}@x.example",
                to_name="",
                facts={},
                partner_id=partner_id,
                reply_to="",
            )
            for number in range(count)
        ]
        with app.app_context():
            assert queue_notices(db.session, kind="approved", notices=notices, now=NOON) == count
            db.session.commit()

    @pytest.mark.deep
    def test_all_leave_whatever_the_limit_of_their_partner(
        self, queue_app: Flask, mail_server: MailServer, partner_ids: list[int]
    ) -> None:
        self.queue_run(queue_app, PARTNER + 10, partner_ids[0])
        deliver(queue_app)
        assert states(queue_app) == ["sent"] * (PARTNER + 10)
        assert len(mail_server.messages) == PARTNER + 10

    @pytest.mark.deep
    def test_leave_the_hour_to_people_whose_own_stay_held(
        self, queue_app: Flask, mail_server: MailServer, partner_ids: list[int]
    ) -> None:
        self.queue_run(queue_app, PARTNER, partner_ids[0])
        deliver(queue_app)
        queue(queue_app, range(PARTNER + 1), partner_id=partner_ids[0])
        assert held(queue_app) == [("approved:30", "Limite de 30 e-mails por hora do mesmo parceiro.")]

    def test_to_one_receiver_wait_like_any_other(
        self, queue_app: Flask, mail_server: MailServer, partner_ids: list[int]
    ) -> None:
        self.queue_run(queue_app, RECEIVER + 1, partner_ids[0], to="ana@padaria.example")
        deliver(queue_app)
        assert sorted(states(queue_app)) == ["held"] + ["sent"] * RECEIVER


class TestACause:
    def test_is_known_when_the_session_works_for_somebody(
        self, queue_app: Flask, user_ids: list[int]
    ) -> None:
        queue(queue_app, ["hers"], by=user_ids[0])
        queue(queue_app, ["nobody's"])
        with queue_app.app_context():
            causes = db.session.scalars(select(MailMessage.caused_by_id).order_by(MailMessage.id)).all()
        assert causes == [user_ids[0], None]
