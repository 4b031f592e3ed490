"""A reminder over a line of ours: handed over once whatever happens, and what follows each refusal."""

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from portal.dunning.rules.steps import Channel
from portal.gateways.whatsapp.interface import TemplateMessage
from portal.invoices.models import Invoice
from portal.shared.mail_rows import MailMessage
from portal.tasks.models import Task
from portal.whatsapp.models import WhatsAppContact, WhatsAppLine, WhatsAppMessage
from portal.whatsapp.operations.sending import chase_messages, prepare_message, settle_unanswered
from portal.whatsapp.queries.messages import find_template
from portal.whatsapp.rules.messages import SEND, Failure, MessageState
from portal.whatsapp.rules.templates import TemplateState
from tests.factories.dunning import policy_of
from tests.factories.overdue import paid
from tests.factories.quotes import make_house
from tests.factories.whatsapp import (
    CHAT,
    MOBILE,
    at,
    only_message,
    only_reminder,
    overdue_with_mobile,
    released,
)
from tests.support.application import Transaction
from tests.support.ports import free_port, wait_until
from tests.support.scenes import lived
from tests.support.whatsapp_line import TestLine
from tools.whatsapp_line.store import Mood


@pytest.fixture
def released_run(line: TestLine, transaction: Transaction) -> TestLine:
    """A line with an approved template, and one reminder in its queue, on Friday 17/07 at nine."""

    def until_then() -> None:
        with transaction() as session:
            house = make_house(session)
            policy_of(session, CHAT, actor=house.admin)
            overdue_with_mobile(session, house)
        line.live(at(16))
        with transaction() as session:
            released(session, 17)

    lived(line.app, until_then, beside=[line])
    return line


def state(transaction: Transaction) -> tuple[MessageState, Failure | None]:
    with transaction() as session:
        message = only_message(session)
        return message.state, message.failure


def mails(transaction: Transaction) -> int:
    with transaction() as session:
        return len(session.scalars(select(MailMessage).filter_by(kind="dunning_reminder")).all())


class TestAReminder:
    @pytest.mark.deep
    def test_leaves_as_an_approved_template_and_is_followed_until_it_is_read(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        released_run.live(at(17))
        (sent,) = released_run.store.list_messages()
        assert sent["to"] == MOBILE
        assert sent["template"]["language"] == {"code": "pt_BR"}
        body, button = sent["template"]["components"]
        values = {each["parameter_name"]: each["text"] for each in body["parameters"]}
        assert values["vencimento"] == "15/07/2026"
        assert values["pix"].startswith("000201")
        assert len(button["parameters"][0]["text"]) == 43  # a link of its own
        with transaction() as session:
            message = only_message(session)
            assert message.state is MessageState.READ
            assert message.message_id == sent["wamid"]
            assert None not in (message.accepted_at, message.sent_at, message.delivered_at, message.read_at)
            assert message.is_billable is True
            template = find_template(session, sent["template"]["name"])
            assert template is not None
            # who collects stands in what was approved (CDC art. 42-A)
            for words in ("Portal Sistemas Ltda.", "11.222.333/0001-81", "Rua das Palmeiras, 100"):
                assert words in template.body
        assert mails(transaction) == 0

    @pytest.mark.deep
    def test_is_read_without_having_been_delivered(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        released_run.store.choose(Mood.SKIPS)
        released_run.live(at(17))
        assert state(transaction) == (MessageState.READ, None)

    @pytest.mark.deep
    def test_that_nothing_is_heard_of_stays_accepted(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        released_run.store.choose(Mood.SILENT)
        released_run.live(at(17))
        assert state(transaction) == (MessageState.ACCEPTED, None)

    def test_waits_for_the_morning(self, released_run: TestLine, transaction: Transaction) -> None:
        released_run.live(at(17, 21))
        assert state(transaction) == (MessageState.QUEUED, None)
        released_run.live(at(18, 8))
        assert state(transaction)[0] is MessageState.READ

    def test_is_not_needed_once_it_is_paid(self, released_run: TestLine, transaction: Transaction) -> None:
        with transaction() as session:
            invoice_id = only_reminder(session).invoice_id
            paid(session, session.get_one(Invoice, invoice_id), at(17, 9, 30))
        released_run.live(at(17, 10))
        assert state(transaction) == (MessageState.NOT_NEEDED, None)
        assert released_run.sent_to() == []

    @pytest.mark.deep
    def test_keeps_no_secret_and_no_text(self, released_run: TestLine, transaction: Transaction) -> None:
        released_run.live(at(17))
        secret = released_run.store.list_messages()[0]["template"]["components"][1]["parameters"][0]["text"]
        with transaction() as session:
            for table in ("whatsapp_messages", "whatsapp_events", "whatsapp_templates", "queued_jobs"):
                rows = session.scalars(text(f"SELECT t::text FROM {table} t")).all()  # noqa: S608
                assert not [row for row in rows if secret in row]


class TestALostAnswer:
    @pytest.mark.parametrize("is_killed", [False, True])
    def test_is_made_good_by_what_is_said_of_the_message_and_never_sends_twice(
        self, app: Flask, released_run: TestLine, transaction: Transaction, is_killed: bool
    ) -> None:
        if is_killed:
            with transaction() as session:
                order = prepare_message(session, only_message(session).id, now=at(17))
            assert isinstance(order, TemplateMessage)
            with app.app_context():
                app.extensions["portal.whatsapp"].send(order)  # and nobody writes down that it was
        else:
            released_run.store.choose(Mood.LOST)
        released_run.work(at(17, 9, 1))
        assert state(transaction) == (MessageState.UNKNOWN, None)
        released_run.store.choose(Mood.NORMAL)
        released_run.work(at(17, 9, 30))
        assert len(released_run.sent_to()) == 1
        released_run.deliver(at(17, 9, 31))
        assert state(transaction)[0] in (MessageState.DELIVERED, MessageState.READ)
        with transaction() as session:
            assert only_message(session).message_id == released_run.store.list_messages()[0]["wamid"]
            assert settle_unanswered(session, now=at(17, 12)) == 0
        assert mails(transaction) == 0

    @pytest.mark.parametrize("mood", [Mood.HTML, Mood.BUSY])
    def test_of_which_nothing_is_heard_for_an_hour_goes_by_mail(
        self, released_run: TestLine, transaction: Transaction, mood: Mood
    ) -> None:
        released_run.store.choose(mood)
        released_run.work(at(17))
        assert state(transaction) == (MessageState.UNKNOWN, None)
        with transaction() as session:
            assert settle_unanswered(session, now=at(17, 9, 59)) == 0
            assert settle_unanswered(session, now=at(17, 10, 1)) == 1
            assert settle_unanswered(session, now=at(17, 10, 2)) == 0
        assert state(transaction) == (MessageState.FAILED, Failure.NO_ANSWER)
        assert mails(transaction) == 1
        with transaction() as session:
            assert only_reminder(session).fell_back_to is Channel.EMAIL

    @pytest.mark.deep
    def test_by_slowness_is_one_message(self, released_run: TestLine, transaction: Transaction) -> None:
        released_run.configure(timeout_s=0.3)
        released_run.server.slow_s = 0.6
        released_run.store.choose(Mood.SLOW)
        released_run.work(at(17))
        assert state(transaction) == (MessageState.UNKNOWN, None)
        wait_until(lambda: len(released_run.sent_to()) == 1, what="the slow line", timeout_s=10)
        wait_until(lambda: released_run.deliver(at(17, 9, 5)) > 0, what="its words", timeout_s=10)
        released_run.work(at(17, 11))
        assert len(released_run.sent_to()) == 1

    def test_is_none_when_nobody_listened(self, released_run: TestLine, transaction: Transaction) -> None:
        released_run.configure(url=f"http://127.0.0.1:{free_port()}")
        released_run.work(at(17))
        assert state(transaction) == (MessageState.QUEUED, None)
        released_run.configure()
        released_run.live(at(17, 9, 1))
        assert state(transaction)[0] is MessageState.READ


class TestARefusal:
    @pytest.mark.deep
    @pytest.mark.parametrize("code", [130429, 131056, 131000])
    def test_that_asks_to_wait_is_tried_again_later(
        self, released_run: TestLine, transaction: Transaction, code: int
    ) -> None:
        released_run.store.choose(Mood.REFUSE, code=code, times=2)
        released_run.work(at(17))
        assert state(transaction) == (MessageState.QUEUED, None)
        released_run.work(at(17).replace(second=5))
        with transaction() as session:
            assert only_message(session).attempts == 1  # not before its time
        released_run.work(at(17).replace(second=11))
        assert state(transaction) == (MessageState.QUEUED, None)
        released_run.live(at(17, 9, 1))
        assert state(transaction)[0] is MessageState.READ

    @pytest.mark.deep
    def test_that_asks_to_wait_for_too_long_goes_by_mail(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        released_run.store.choose(Mood.REFUSE, code=131056)
        for minute in range(0, 240, 5):
            released_run.work(at(17, 9 + minute // 60, minute % 60))
        assert state(transaction) == (MessageState.FAILED, Failure.TRY_AGAIN)
        assert mails(transaction) == 1

    @pytest.mark.deep
    def test_of_a_number_without_whatsapp_goes_by_mail_and_is_remembered(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        released_run.store.choose(Mood.FAILS, code=131026)
        released_run.live(at(17))
        assert state(transaction) == (MessageState.FAILED, Failure.RECEIVER)
        assert mails(transaction) == 1
        with transaction() as session:
            contact = session.scalars(select(WhatsAppContact)).one()
            assert (contact.phone, contact.unreachable_at is not None) == (MOBILE, True)

    def test_of_whom_has_no_address_becomes_a_call(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        with transaction() as session:
            session.execute(text("UPDATE customers SET email = ''"))
            session.execute(text("UPDATE signatories SET email = ''"))
        released_run.store.choose(Mood.REFUSE, code=131026)
        released_run.live(at(17))
        with transaction() as session:
            task = session.scalars(select(Task).where(Task.key.startswith("dunning:"))).one()
            assert task.title.startswith("Ligar para")
            assert only_reminder(session).fell_back_to is Channel.PHONE

    def test_of_a_paused_template_stops_it_and_alarms(
        self, released_run: TestLine, transaction: Transaction
    ) -> None:
        released_run.store.choose(Mood.REFUSE, code=132015)
        released_run.live(at(17))
        assert state(transaction) == (MessageState.FAILED, Failure.TEMPLATE)
        assert mails(transaction) == 1
        with transaction() as session:
            template = find_template(session, only_message(session).template)
            assert template is not None
            assert template.state is TemplateState.PAUSED
            task = session.scalars(select(Task).where(Task.key.startswith("whatsapp-template:"))).one()
            assert task.title.startswith("Modelo de WhatsApp pausado")

    @pytest.mark.parametrize("code", [190, 131042, 368])
    def test_of_the_account_stops_the_line_and_alarms(
        self, released_run: TestLine, transaction: Transaction, code: int
    ) -> None:
        released_run.store.choose(Mood.REFUSE, code=code)
        released_run.live(at(17))
        assert state(transaction) == (MessageState.FAILED, Failure.ACCOUNT)
        with transaction() as session:
            assert session.scalars(select(WhatsAppLine)).one().pause_code == code
            task = session.scalars(select(Task).where(Task.key.startswith("whatsapp-line:"))).one()
            assert str(code) in task.title

    @pytest.mark.deep
    def test_nobody_knows_goes_by_mail(self, released_run: TestLine, transaction: Transaction) -> None:
        released_run.store.choose(Mood.REFUSE, code=999_999)
        released_run.live(at(17))
        assert state(transaction) == (MessageState.FAILED, Failure.OTHER)
        assert mails(transaction) == 1


class TestAMessage:
    def test_without_a_job_is_found_and_sent(self, released_run: TestLine, transaction: Transaction) -> None:
        with transaction() as session:
            session.execute(text("DELETE FROM queued_jobs WHERE kind = :kind"), {"kind": SEND})
            assert chase_messages(session, now=at(17, 10)) == 1
        released_run.live(at(17, 10))
        assert state(transaction)[0] is MessageState.READ

    @pytest.mark.deep
    def test_never_goes_back_in_the_database(self, released_run: TestLine, transaction: Transaction) -> None:
        released_run.live(at(17))
        with transaction() as session:
            for change in (
                {"state": MessageState.SENT},
                {"message_id": "wamid.other"},
                {"key": "other"},
            ):
                with pytest.raises(IntegrityError, match="kept as it was"), session.begin_nested():
                    session.execute(update(WhatsAppMessage).values(**change))
            with pytest.raises(IntegrityError, match="kept as it was"), session.begin_nested():
                session.execute(text("DELETE FROM whatsapp_messages"))
